#!/bin/sh
# real.sh: run.py on the staged tool, as Bazel starts it.
exec python3 tests/real/run.py --prefix="$PWD/stage" "$@"
