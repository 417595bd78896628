#!/bin/sh
# Makes .venv-contracts: the analysers of the contracts want other versions of what the bot is built on.
set -eu
echo "Installing slither and halmos into .venv-contracts ..."
[ -x .venv-contracts/bin/python ] || .venv/bin/uv venv --quiet --python .venv/bin/python .venv-contracts
.venv/bin/uv pip install --quiet --python .venv-contracts/bin/python --require-hashes -r requirements/contracts.txt
touch .venv-contracts/.ready
