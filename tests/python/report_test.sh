#!/bin/bash
# What a report says of a Python program: names, language, lines, and stacks of both kinds in one.
set -eu
tool=$1 programs=$(dirname "$2") library=$(dirname "$3")
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

report() {
    "$tool" run --races="$2" --format=json --output="$directory/report.json" --error-exitcode=0 -- \
        /usr/bin/python3 "$programs/$1" "$library"
}

# Also in code that is rewritten.
for races in off full; do
report names.py "$races"
/usr/bin/python3 - "$directory/report.json" <<'PYTHON'
import json
import sys

finding, = json.load(open(sys.argv[1]))["findings"]
objects = {o["name"]: o for o in finding["objects"]}
assert set(objects) == {"self.lock", "many[..]"}, objects
assert all(o["language"] == "python" and o["type"] == "lock" for o in objects.values())
assert objects["self.lock"]["created"][0]["function"] == "Bank.__init__", objects
assert {t["name"] for t in finding["threads"]} == {"Thread-1 (transfer)", "Thread-2 (audit)"}
for thread in finding["threads"]:
    top = thread["stacks"][0]["frames"][0]
    assert top["language"] == "python" and top["file"].endswith("/names.py") and top["line"], top
PYTHON
done

# Every form in which a program names what it makes.
for races in off full; do
report name_forms.py "$races"
/usr/bin/python3 - "$directory/report.json" <<'PYTHON'
import json
import sys

names = {o["name"] for f in json.load(open(sys.argv[1]))["findings"] for o in f["objects"]}
expected = set("""a b c d two four in_list[1] in_tuple[0] in_dict['x'] in_dict['y'][0] by_loop[..]
    by_generator[..] by_map[..] first_name annotated other self.guard self.given self.chosen shared_b
    self.attribute self.behind self.q self.several[0] self.several[..] self.table['key']
    self.table['default'] forms.factory['z'] self.by_name captured""".split())
assert names == expected, names ^ expected
PYTHON
done

report gil_order.py off
/usr/bin/python3 - "$directory/report.json" <<'PYTHON'
import json
import sys

finding, = json.load(open(sys.argv[1]))["findings"]
assert {o["type"] for o in finding["objects"]} == {"mutex", "gil"}, finding["objects"]
stacks = [[(f["language"], f["function"]) for f in s["frames"]]
          for t in finding["threads"] for s in t["stacks"]]
asks = next(s for s in stacks if ("c", "look_up") in s)
assert asks.index(("c", "look_up")) < asks.index(("python", "look_up")), asks
assert any(("c", "refresh") in s and ("python", "refresh") in s for s in stacks), stacks
PYTHON

# Each end of a lock is told, so that what is made at its place later is not taken for it.
"$tool" run --trace="$directory/ends" -- /usr/bin/python3 "$programs/lock_reuse_ok.py"
"$tool" dump "$directory"/ends/* >"$directory/ends.txt"
for name in brief again; do
    for event in INIT DESTROY; do
        count=$(grep -c "^event .* $event object=.* name=$name\b" "$directory/ends.txt")
        [ "$count" = 300 ] || { echo "$event of $name: $count instead of 300"; exit 1; }
    done
done
if grep " REINIT .*lock" "$directory/ends.txt"; then
    echo "a lock was not known to be over"
    exit 1
fi
