"""Programs of the corpus by glob: a new file is a new test without an edit of any BUILD file."""

STAGE = ["//:stage/bin/threadcheck", "//:stage/lib/libthreadcheck.so"]

def program_tests(deps = [], headers = []):
    """A binary and a test for every program, a shared library for every lib/*.c.

    Args:
      deps: libraries that all programs link.
      headers: of other folders that all programs include, by a relative path.
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
            srcs = [source] + native.glob(["*.h"]) + headers,
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
