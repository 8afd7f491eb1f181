"""One stage of the analyzer: a library of all sources of the folder, and its tests."""

load("//:cc_tests.bzl", "cc_tests")

_NOT_LIBRARY = ["*_test.c", "*_fuzz.c", "*_bench.c", "main.c"]

def cc_stage(name, deps, visibility, srcs = [], test_deps = [], test_data = []):
    """A library of the package's *.c, *.h and *.def, and one cc_test for every *_test.cc.

    Args:
      name: of the library.
      deps: the stages before it, and system libraries.
      visibility: the stages after it.
      srcs: sources that are made in the build.
      test_deps: what only the tests link.
      test_data: files that the tests read.
    """
    native.cc_library(
        name = name,
        srcs = native.glob(["*.c"], exclude = _NOT_LIBRARY, allow_empty = True) + srcs,
        hdrs = native.glob(["*.h"], allow_empty = True),
        textual_hdrs = native.glob(["*.def"], allow_empty = True),
        visibility = visibility,
        deps = deps,
    )
    cc_tests(
        data = test_data,
        deps = [":" + name] + deps + test_deps,
    )
