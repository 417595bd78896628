#!/bin/sh
# Runs the tests side by side; what fails is run once more, alone. Real servers, sockets and clocks
# share the cores with everything else in the first run: a test that fails there and not alone is
# named, one that fails twice fails the whole.
set -eu
CHOSEN="not online and not bench and not deep"
MOST_AGAIN=12 # more failures than these are no accident

pytest -n 3 --dist loadfile -m "$CHOSEN" "$@" && exit 0
failed=$(python - <<'PY'
import json
from pathlib import Path

kept = Path(".pytest_cache/v/cache/lastfailed")
print(len(json.loads(kept.read_text())) if kept.exists() else 0)
PY
)
if [ "$failed" -eq 0 ] || [ "$failed" -gt "$MOST_AGAIN" ]; then
	exit 1
fi
echo "$failed failed beside others; now once more, alone:"
pytest -v --last-failed --last-failed-no-failures none -m "$CHOSEN" "$@"
