# Everything a person or CI runs. A fresh machine needs Python 3.11 or 3.12 and make.
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/tools:$(PATH)

.PHONY: setup demo test deep lint types contracts ape-compile bench peers gas lock fmt clean contracts-deep mutation crash

setup: .venv/.ready node_modules/.ready

.venv/.ready: pyproject.toml requirements/dev.txt requirements/uv.txt requirements/node.txt tools/setup-python.sh
	@sh tools/setup-python.sh
	@touch $@

node_modules/.ready: package.json package-lock.json .venv/.ready tools/setup-node.sh
	@sh tools/setup-node.sh
	@touch $@

contracts: setup
	@forge build --quiet contracts

demo: contracts
	@repeg demo

test: contracts
	@sh tools/run-tests.sh
	@forge test --isolate

deep: contracts
	@pytest -n 2 --dist load -m "deep"

contracts-deep: setup
	@sh tools/contracts-deep.sh

mutation: setup
	@python tools/mutate.py

crash: contracts
	@PYTHONPATH=tests python -m crash $(CRASH)

lint: setup
	ruff check .
	ruff format --check .
	forge fmt --check
	lint-imports

types: setup
	mypy

bench: contracts peers
	repeg bench all --write docs/benchmarks.md

peers: .venv-peers/.ready

.venv-peers/.ready: requirements/peers.txt tools/peers/package-lock.json tools/setup-peers.sh .venv/.ready
	@sh tools/setup-peers.sh

gas: contracts
	python -m bot.bench.gas_snapshot

ape-compile: setup
	SOLCX_BINARY_PATH=tools/solc ape compile

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev --extra fit pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/contracts.in -o requirements/contracts.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/peers.in -o requirements/peers.txt

fmt: setup
	ruff check --fix .
	ruff format .
	forge fmt

clean:
	rm -rf out cache .build .venv .venv-contracts .venv-peers node_modules
