#!/bin/bash
# Each example of examples/python is reported for what it shows, also the extensions in C and C++,
# of which the runs end well.
set -u
tool=$PWD/stage/bin/threadcheck
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -L examples/python/* "$work"
cd "$work" || exit 1
bad=0

# says PROGRAM PATTERN...: its report has all of them.
says() {
    local program=$1 pattern
    shift
    "$tool" run --races=full -- /usr/bin/python3 "$program" > out 2>&1
    [ $? -eq 66 ] || { echo "$program: no finding failed the run"; cat out; bad=1; }
    for pattern in "$@"; do
        grep -q -- "$pattern" out || { echo "$program: not reported: $pattern"; cat out; bad=1; }
    done
}

says hits.py '^error: data-race: data race on self.hits of class Page: an update can be lost' \
    'Page.visit  hits.py:17' 'Neither held a lock'
says settings.py 'data-race: .*Settings.loaded' 'Settings.get  settings.py:'
says sessions.py '^error: data-race: data race on sessions: it changes while it is gone through' \
    'count_active  sessions.py:22' 'log_in  sessions.py:17'
says transfer.py '^error: lock-order-inversion' 'transfer  transfer.py:16'

flags=$(/usr/bin/python3-config --includes)
# shellcheck disable=SC2086 # several words
gcc -g -shared -fPIC $flags feed.c -o feed.so || exit 1
says feed.py '^error: lock-order-inversion: GIL and feed_mutex' 'poll_feed  feed.c:20' \
    '<module>  feed.py:16' 'deliver  feed.c:29'
# shellcheck disable=SC2086
g++ -g -std=c++17 -shared -fPIC $flags counter_cpp.cc -o counter_cpp.so || exit 1
says counter_cpp.py '^error: lock-order-inversion: GIL and ' 'Counter::value  counter_cpp.cc:17' \
    '<module>  counter_cpp.py:16'
exit $bad
