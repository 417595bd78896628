#!/bin/sh
# Installs anvil, forge, cast and the Solidity compilers from package-lock.json, by hash, without scripts.
set -eu
echo "Installing node packages ..."
npm ci --silent --no-progress
for tool in anvil forge cast; do
  binary=
  for found in node_modules/@foundry-rs/"$tool"-*/bin/"$tool"; do
    [ -x "$found" ] && binary=$found
  done
  if [ -z "$binary" ]; then
    echo "No $tool for this platform among the npm packages; Repeg runs on Linux and macOS, x64 and arm64." >&2
    exit 1
  fi
  ln -sf "../../$binary" ".venv/bin/$tool"
done
