#!/bin/bash
# ci_test.sh: .ci/run counts what Bazel says, also of a run that was broken off.
. tests/checks.sh

mkdir -p "$work/ci/.ci"
cp .ci/run "$work/ci/.ci/run"

# counts WANTED STATUS: what is counted of a Bazel that prints what comes in and ends with STATUS.
counts() {
    local wanted=$1 status=$2
    cat >"$work/ci/says"
    printf '#!/bin/bash\ncat says\nexit %s\n' "$status" >"$work/ci/bazelw"
    chmod +x "$work/ci/bazelw"
    bash "$work/ci/.ci/run" quick >"$work/out" 2>&1
    status=$?
    [ "$(tail -n 1 "$work/out")" = "$wanted" ] || {
        tail -n 1 "$work/out"
        return 1
    }
    case $wanted in
    *" 0 failed") [ "$status" = 0 ] ;;
    *) [ "$status" != 0 ] ;;
    esac
}

check "all pass" counts "3 passed, 0 failed" 0 <<'END'
//tests:a_test                                            (cached) PASSED in 0.1s
//tests:b_test                                                     PASSED in 0.1s
//tests:c_test                                                      FLAKY, failed in 1 out of 2 in 0.1s

Executed 2 out of 3 tests: 3 tests pass.
END
check "some fail" counts "1 passed, 2 failed" 3 <<'END'
//tests:a_test                                            (cached) PASSED in 0.1s
//tests:b_test                                                     FAILED in 0.1s
  /somewhere/test.log
//tests:c_test                                                    TIMEOUT in 300.0s

Executed 2 out of 3 tests: 1 test passes and 2 fail locally.
END
check "broken off" counts "1 passed, 253 failed" 8 <<'END'
//tests:a_test                                            (cached) PASSED in 0.1s
//tests:b_test                                                  NO STATUS

Executed 0 out of 254 tests: 1 test passes, 1 fails to build and 252 were skipped.
END
check "one test" counts "1 passed, 0 failed" 0 <<'END'
//tests:a_test                                                     PASSED in 0.1s

Executed 1 out of 1 test: 1 test passes.
END
check "no summary" counts "1 passed, 1 failed" 3 <<'END'
//tests:a_test                                                     PASSED in 0.1s
//tests:b_test                                                     FAILED in 0.1s
END
check "all pass, yet the build fails" counts "1 passed, 1 failed" 1 <<'END'
//tests:a_test                                                     PASSED in 0.1s

Executed 1 out of 1 test: 1 test passes.
END
check "the build fails" counts "0 passed, 1 failed" 1 <<'END'
ERROR: build failed
END
check "nothing at all" counts "0 passed, 1 failed" 0 </dev/null

exit $failed
