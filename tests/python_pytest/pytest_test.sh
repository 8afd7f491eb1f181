#!/bin/bash
# The plugin fails the test in which a race is found, that one only, and leaves the others alone.
set -u
tool=$PWD/stage/bin/threadcheck
plugin=$PWD/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp tests/python_pytest/suite.txt "$work/test_suite.py"
cd "$work" || exit 1
fail() {
    echo "$*"
    cat out
    exit 1
}

PYTHONPATH=$plugin /usr/bin/python3 -m pytest -p pytest_threadcheck -q -p no:cacheprovider > out 2>&1
grep -q '^1 failed, 5 passed' out || fail "without threadcheck: only what fails by itself"
grep -q '__pycache__' <(ls) && rm -rf __pycache__

PYTHONPATH=$plugin "$tool" run --races=full --error-exitcode=0 --output=/dev/null -- \
    /usr/bin/python3 -m pytest -p pytest_threadcheck -p no:cacheprovider -v > out 2>&1
for test in before careful careless_again after; do
    grep -q "::test_$test PASSED" out || fail "test_$test should pass"
done
for test in careless wrong; do
    grep -q "::test_$test FAILED" out || fail "test_$test should fail"
done
grep -q 'data race on self.total of class Account: an update can be lost' out || fail "no report"
grep -q 'careless  test_suite.py:10\|careless  .*/test_suite.py:10' out || fail "no line"

PYTHONPATH=$plugin "$tool" run --races=full --error-exitcode=0 --output=/dev/null -- \
    /usr/bin/python3 -m pytest -p pytest_threadcheck -p no:cacheprovider --threadcheck=end \
    -k 'careless or before' > out 2>&1
[ $? -eq 1 ] || fail "--threadcheck=end: the exit status should be pytest's for failed tests"
grep -q '3 passed' out || fail "--threadcheck=end: the tests themselves pass"
grep -q 'data race on self.total' out || fail "--threadcheck=end: no report at the end"

# Distributed by pytest-xdist: each worker looks at its own trace.
PYTHONPATH=$plugin "$tool" run --races=full --error-exitcode=0 --output=/dev/null -- \
    /usr/bin/python3 -m pytest -p pytest_threadcheck -p no:cacheprovider -n 2 -v > out 2>&1
for test in before careful after; do
    grep -q "PASSED .*::test_$test " out || fail "xdist: test_$test should pass"
done
grep -q 'FAILED .*::test_wrong ' out || fail "xdist: test_wrong should fail"
grep -q 'FAILED .*::test_careless' out || fail "xdist: test_careless should fail"
grep -q 'data race on self.total of class Account: an update can be lost' out || fail "xdist: no report"

PYTHONPATH=$plugin "$tool" run --races=full --error-exitcode=0 --output=/dev/null -- \
    /usr/bin/python3 -m pytest -p pytest_threadcheck -p no:cacheprovider -n 2 --threadcheck=end \
    -k 'careless or before' > out 2>&1
[ $? -eq 1 ] || fail "xdist, --threadcheck=end: the exit status should be pytest's for failed tests"
grep -q 'data race on self.total' out || fail "xdist, --threadcheck=end: no report at the end"
exit 0
