#!/bin/bash
# The interpreter itself, rewritten for races: the program runs as without, and its global lock is
# known to order what it guards.  What is left is a race of CPython's own (docs/python.md).
set -eu
tool=$1 program=$2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

/usr/bin/python3 "$program" > "$directory/plain"
"$tool" run --races=full --races-modules=exe --format=json --output="$directory/report.json" \
    --error-exitcode=0 -- /usr/bin/python3 "$program" > "$directory/watched"
cmp "$directory/plain" "$directory/watched"
/usr/bin/python3 - "$directory/report.json" <<'PYTHON'
import json
import sys

report = json.load(open(sys.argv[1]))
assert report["complete"] and report["lost_events"] == 0, report
shown = {o["name"] for f in report["findings"] if f["severity"] != "info" for o in f["objects"]}
assert shown <= {"_PyMem_Raw"}, shown
PYTHON
