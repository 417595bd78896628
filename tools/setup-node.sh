#!/bin/sh
# Installs anvil, forge, cast and the Solidity compilers. Linux x64: by the lock's hashes. Other platforms of
# Foundry's npm packages: by exact version.
set -eu
version=1.7.1
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux-amd64 ;;
  Linux-aarch64) platform=linux-arm64 ;;
  Darwin-x86_64) platform=darwin-amd64 ;;
  Darwin-arm64) platform=darwin-arm64 ;;
  *)
    echo "Repeg runs on Linux and macOS, x64 and arm64; this is $(uname -sm)." >&2
    exit 1
    ;;
esac
echo "Installing node packages ..."
npm ci --loglevel=error --no-progress >/dev/null
if [ ! -x "node_modules/@foundry-rs/anvil-$platform/bin/anvil" ]; then
  npm install --no-save --loglevel=error --no-progress \
    "@foundry-rs/anvil-$platform@$version" "@foundry-rs/forge-$platform@$version" "@foundry-rs/cast-$platform@$version" >/dev/null
fi
for tool in anvil forge cast; do
  ln -sf "../../node_modules/@foundry-rs/$tool-$platform/bin/$tool" ".venv/bin/$tool"
done
