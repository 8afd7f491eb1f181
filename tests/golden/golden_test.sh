#!/bin/bash
# Old traces are read for ever: each *.tctrace here still dumps as the text beside it says.
set -u
tool=$TEST_SRCDIR/$TEST_WORKSPACE/stage/bin/threadcheck
cd "$(dirname "$0")" || exit 1
failed=0
for trace in *.tctrace; do
    "$tool" dump "$trace" | diff "${trace%.tctrace}.dump" - >"$TEST_TMPDIR/difference"
    status=("${PIPESTATUS[@]}")
    if [ "${status[0]}" != 0 ] || [ "${status[1]}" != 0 ]; then
        echo "$trace: dump gives status ${status[0]} and differs:"
        head -n 20 "$TEST_TMPDIR/difference"
        failed=1
    fi
done
[ -e order.tctrace ] || failed=1
exit $failed
