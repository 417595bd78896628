#!/bin/sh
# Makes .venv-peers: what `repeg bench` compares with. It wants other versions of what the bot is built on.
# Python packages by the hashes of requirements/peers.txt, Uniswap's SDK by those of tools/peers/package-lock.json.
set -eu
echo "Installing the peers of the benchmarks into .venv-peers ..."
[ -x .venv-peers/bin/python ] || .venv/bin/uv venv --quiet --python .venv/bin/python .venv-peers
.venv/bin/uv pip install --quiet --python .venv-peers/bin/python --require-hashes -r requirements/peers.txt
mkdir -p .venv-peers/node
cp tools/peers/package.json tools/peers/package-lock.json .venv-peers/node/
(cd .venv-peers/node && npm ci --ignore-scripts --loglevel=error --no-progress >/dev/null)
touch .venv-peers/.ready
