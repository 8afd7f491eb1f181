"""Programs of the corpus by glob: a new file is a new test without an edit of any BUILD file."""

STAGE = ["//:stage/bin/threadcheck", "//:stage/lib/libthreadcheck.so"]

# Run once more with compact recording, which must find the same: a program of each kind, here and in
# tests/threading/programs.
COMPACT = [
    "barrier_destroy",
    "c11_deadlock_condition",
    "cpp_pool_ok",
    "cycle_after_4100",
    "deadlock_barrier",
    "deadlock_condition_nobody",
    "deadlock_five",
    "deadlock_gil",
    "deadlock_join",
    "deadlock_late",
    "deadlock_locks",
    "deadlock_rwlocks",
    "deadlock_semaphores",
    "destroy_locked",
    "double_release_lock",
    "double_unlock",
    "exit_holding_handover_ok",
    "fork_locked",
    "held_200",
    "inversion_barrier_ok",
    "inversion_gate_ok",
    "inversion_join_ok",
    "inversion_semaphore_ok",
    "inversion_three",
    "killed_kill",
    "lost_event_hang",
    "lost_event_ok",
    "lost_wakeup",
    "lost_wakeup_broadcast_ok",
    "mixture_ok",
    "order_handover_ok",
    "order_lock_rlock",
    "other_owner_handover",
    "other_owner_lock_ok",
    "philosophers",
    "pool_ok",
    "queue_ok",
    "rwlock_order",
    "semaphore_baton_ok",
    "semaphore_locks",
    "signal_lock",
    "signal_nested",
    "threads_1000",
    "unpublished",
    "wait_pool_ok",
]

def program_tests(deps = []):
    """A binary and a test for every program, a shared library for every lib/*.c.

    Args:
      deps: libraries that all programs link.
    """
    libraries = []
    for source in native.glob(["lib/*.c"]):
        name = source.split("/")[-1][:-2] + ".so"
        native.cc_binary(
            name = name,
            srcs = [source],
            copts = ["-O1"],
            linkopts = ["-lpthread"],
            linkshared = True,
        )
        libraries.append(name)

    for source in native.glob(["*.c", "*.cc", "static/*.c"]):
        name = source.split("/")[-1].rsplit(".", 1)[0]
        static = source.startswith("static/")
        native.cc_binary(
            name = name,
            srcs = [source, "program.h"],
            copts = ["-O1"] + (["-std=c++20"] if source.endswith(".cc") else []) +
                    (["-fPIE"] if static else []),
            deps = deps,
            linkopts = ["-lpthread", "-ldl"] + (["-static-pie"] if static else []),
        )
        arguments = ["--stage"] + ["$(rootpath %s)" % file for file in STAGE] + \
                    ["--lib"] + ["$(rootpath %s)" % library for library in libraries] + \
                    ["--", "$(rootpath %s)" % source, "$(rootpath :%s)" % name]
        data = STAGE + libraries + [":" + name, source, "known_gaps.txt"]
        native.sh_test(
            name = name + "_test",
            srcs = ["//tests/programs:run.py"],
            args = arguments,
            data = data,
            tags = ["shim"],
        )
        if name in COMPACT:
            native.sh_test(
                name = name + "_compact_test",
                srcs = ["//tests/programs:run.py"],
                args = ["--compact"] + arguments,
                data = data,
                tags = ["shim"],
            )
