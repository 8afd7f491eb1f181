"""Programs with races and without, by glob: a new file is a new test without an edit of any BUILD file."""

STAGE = [
    "//:stage/bin/threadcheck",
    "//:stage/lib/libthreadcheck-rewrite.so",
    "//:stage/lib/libthreadcheck.so",
]

def race_tests(ways):
    """Two binaries and a test for every program.

    Args:
      ways: the ways into the race detector that are tried; run.py names them.
    """
    for source in native.glob(["*.c", "*.cc"]):
        name = source.rsplit(".", 1)[0]
        libraries = ["-lpthread", "-lrt"] + (["-latomic"] if "libatomic" in name else [])
        standard = ["-std=c++20"] if source.endswith(".cc") else ["-std=gnu11"]
        for binary, copts, linkopts in [
            (name, [], []),
            (name + ".tsan", ["-fsanitize=thread", "-Wno-unknown-warning-option", "-Wno-tsan"], ["-fsanitize=thread"]),
        ]:
            native.cc_binary(
                name = binary,
                srcs = [source, "race.h", "//tests/programs:headers"],
                copts = ["-O2", "-g"] + standard + copts,
                features = ["-pic"],
                linkopts = libraries + linkopts,
                linkstatic = True,
                deps = ["//include:public"],
            )
        native.sh_test(
            name = name + "_test",
            srcs = ["run.py"],
            args = ["--stage"] + ["$(rootpath %s)" % file for file in STAGE] +
                   ["--ways=" + ",".join(ways), "--"] +
                   ["$(rootpath %s)" % file for file in [source, ":" + name, ":" + name + ".tsan"]],
            data = STAGE + [
                ":" + name,
                ":" + name + ".tsan",
                source,
                "race.h",
                "//tests/programs:headers",
                "known_gaps.txt",
            ],
            tags = ["shim"],
        )
