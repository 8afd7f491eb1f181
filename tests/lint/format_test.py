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
FEW = 40  # files for one call
for first in range(0, len(sources), FEW):
    answer = subprocess.run([tool, "--dry-run", "-Werror", "--ferror-limit=1", *sources[first:first + FEW]],
                            cwd=checkout.ROOT, stderr=subprocess.PIPE, text=True)
    for where in sorted(set(re.findall(r"^([^:\s]+:\d+):\d+: error", answer.stderr, re.M))):
        checkout.complain(f"{where}: run clang-format -i {where.split(':')[0]}")
    if answer.returncode and "error" not in answer.stderr:
        checkout.complain(f"clang-format failed: {answer.stderr}")
checkout.finish(f"{len(sources)} files")
