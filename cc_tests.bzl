"""Tests by glob: a new *_test.cc is a test without an edit of any BUILD file."""

def cc_tests(deps, srcs = None, data = [], tags = [], copts = [], linkopts = [], size = "medium"):
    """One GoogleTest cc_test for every *_test.cc of the package.

    Args:
      deps: libraries that all of them link.
      srcs: helper sources and headers that all of them compile.
      data: files that they read.
      tags: as for cc_test.
      copts: as for cc_test.
      linkopts: as for cc_test.
      size: as for cc_test.
    """
    for test in native.glob(["*_test.cc"], allow_empty = True):
        native.cc_test(
            name = test[:-3],
            size = size,
            srcs = [test] + (srcs or []),
            copts = copts,
            data = data,
            linkopts = linkopts,
            linkstatic = True,
            tags = tags,
            deps = deps + ["//third_party:googletest"],
        )
