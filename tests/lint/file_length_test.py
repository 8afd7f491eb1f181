#!/usr/bin/env python3
"""A file has one subject and stays below 500 lines."""

import checkout

LIMIT = 500
sources = checkout.files(".c", ".h", ".cc", ".def", ".py", ".sh", ".bzl", "BUILD", "bazelw", ".ci/run")
for path in sources:
    lines = checkout.read(path).count("\n")
    if lines > LIMIT:
        checkout.complain(f"{path}: {lines} lines, more than {LIMIT}: split it by subject")
checkout.finish(f"{len(sources)} files")
