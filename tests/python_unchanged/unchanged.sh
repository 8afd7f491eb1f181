#!/bin/bash
# unchanged.sh TEST: runs test.TEST of the interpreter's own suite plainly and with all of its code
# rewritten for races; what came of it is to be the same.
set -u
lib=$PWD/stage/lib/libthreadcheck.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
suite=$(/usr/bin/python3 -c 'import os, test; print(os.path.dirname(test.__file__))') || exit 1

# run NAME [VARIABLE=VALUE ...]
run() {
    local name=$1
    shift
    env "$@" /usr/bin/python3 -m unittest "test.$test" > "$name.out" 2>&1
    echo "exit $?" > "$name.end"
    grep -E '^(Ran [0-9]+ tests|OK|FAILED)' "$name.out" | sed 's/ in [0-9.]*s//' >> "$name.end"
}

test=$1
run plain
run watched LD_PRELOAD="$lib" \
    THREADCHECK_OPTIONS="races=full:report=0:trace=$work/trace:python_code=$suite"
cmp plain.end watched.end && exit 0
diff plain.end watched.end
grep -A30 -E '^(ERROR|FAIL)' watched.out | head -100
exit 1
