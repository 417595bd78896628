#!/bin/sh
# The slow checks of the contracts: slither against the explained baseline, proofs by halmos, long fuzzing.
set -eu
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PWD/tools:$PWD/.venv-contracts/bin:$PATH"
[ .venv-contracts/.ready -nt requirements/contracts.txt ] || sh tools/setup-contracts.sh

# Copies, because halmos compiles and slither reads whatever is in the project.
deep=.build/deep
rm -rf "$deep"
mkdir -p "$deep/tests/contracts/exploits" "$deep/tools"
cp -r contracts foundry.toml "$deep"
cp -r tools/solc "$deep/tools"
rm -rf "$deep/contracts/bench" "$deep/contracts/sandbox" "$deep/contracts/PoolLens.sol" "$deep/contracts/BareLens.sol"
cp -r tests/contracts/proofs tests/contracts/support "$deep/tests/contracts"
cp -r tests/contracts/exploits/world "$deep/tests/contracts/exploits"
find "$deep/tests/contracts/support" -type f ! -name TestBase.sol -delete
ln -sfn "$PWD/node_modules" "$deep/node_modules"
ln -sfn "$PWD/.venv" "$deep/.venv"

echo "Compiling ..."
(
  cd "$deep"
  export FOUNDRY_PROFILE=proofs
  forge build --quiet --ast --build-info contracts

  echo "slither ..."
  # The two excluded detectors of slitherin 0.7.2 crash on calls of library functions.
  slither . --foundry-ignore-compile --filter-paths tests \
    --exclude pess-nft-approve-warning,pess-public-vs-external --exclude-informational --exclude-optimization \
    --fail-none --json - >slither.json 2>slither.log
  python ../../tools/slither_baseline.py slither.json ../../tools/slither-baseline.toml

  echo "halmos ..."
  halmos --match-contract 'Proof$' --function check_ --default-bytes-lengths 0,96 --default-array-lengths 1,2 --no-status
)

echo "long fuzzing and invariants ..."
FOUNDRY_PROFILE=long forge test --match-path 'tests/contracts/{exploits,invariants}/**'
