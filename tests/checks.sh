# checks.sh: what the shell tests here share: sourced, not run.
#
# Each check prints a line; `$failed` is the exit status in the end.  $work is a scratch directory,
# with the output of what status_is ran in $work/out and $work/err.
failed=0
work=$TEST_TMPDIR

check() { # NAME CONDITION-COMMAND...
    local name=$1
    shift
    if "$@"; then
        echo "ok   $name"
    else
        echo "FAIL $name"
        failed=1
    fi
}

status_is() { # STATUS COMMAND...
    local expected=$1 status
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" = "$expected" ] || {
        echo "status $status instead of $expected: $*"
        head -n 40 "$work/err"
        false
    }
}

contains() { grep -qF -- "$2" "$1"; }
