#!/bin/sh
# demo.sh: the main job on a small program.  Run it by `./bazelw run //:demo`.
echo "\$ threadcheck run -- ./bank        (source: examples/bank.c)"
stage/bin/threadcheck run --error-exitcode=0 --on-deadlock=abort --output=- "$@" -- examples/bank
