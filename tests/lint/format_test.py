#!/usr/bin/env python3
"""C and C++ are formatted as .clang-format says."""

import re
import shutil
import subprocess
import sys

import checkout

tool = shutil.which("clang-format")
if not tool:
    print("skipped: clang-format is not installed")
    sys.exit(0)
# Tables keep their own columns; the programs of the corpus are as their users would write them.
sources = [p for p in checkout.files(".c", ".h", ".cc") if not p.startswith("tests/programs/")]
for path in sources:
    answer = subprocess.run([tool, "--dry-run", "-Werror", "--ferror-limit=1", path], cwd=checkout.ROOT,
                            stderr=subprocess.PIPE, text=True)
    if answer.returncode:
        where = re.match(r"[^:]+:\d+", answer.stderr)
        checkout.complain(f"{where.group(0) if where else path}: run clang-format -i {path}")
checkout.finish(f"{len(sources)} files")
