#!/bin/sh
# survival.sh: survival.py on the staged tool, as Bazel starts it.
exec python3 tests/real/survival.py --prefix="$PWD/stage" "$@"
