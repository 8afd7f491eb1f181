#!/usr/bin/env python3
"""Runs the examples of threading.h alone and under threadcheck.

usage: examples_test.py THREADCHECK SHIM docs/threading.md EXAMPLE...

An example with a bug has its report's beginning in docs/threading.md, behind a line
`$ threadcheck run -- NAME`; all others must have no finding at warning or error.
"""

import os
import re
import subprocess
import sys

FOUND = 66
tool, _, document = map(os.path.abspath, sys.argv[1:4])
binaries = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[4:]}
VARIANTS = {"threading_gil": [["short"]], "threading_watchdog": [["short"]],
            "threading_philosophers": [[], ["ordered"]]}
bad = []


def documented():
    """The lines that the document shows for each command."""
    shown, current = {}, None
    for line in open(document, encoding="utf-8").read().splitlines():
        match = re.match(r"    \$ threadcheck run -- (.+)", line)
        if match:
            current = shown.setdefault(match.group(1), [])
        elif current is not None and line.startswith("    "):
            current.append(line[4:])
        else:
            current = None
    return shown


def execute(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=60)


def words(text):
    """Without what the width of a line makes of it."""
    return " ".join(text.split())


expected = documented()
for name, binary in sorted(binaries.items()):
    for arguments in VARIANTS.get(name, [[]]):
        command = " ".join([name] + arguments)
        alone = execute([binary] + arguments)
        if alone.returncode != 0:
            bad.append(f"{command}: status {alone.returncode} without threadcheck")
        run = execute([tool, "run", "--", binary] + arguments)
        told = words(run.stdout + run.stderr)
        wanted = expected.pop(command, [])
        if run.returncode != (FOUND if wanted else 0):
            bad.append(f"{command}: status {run.returncode} under threadcheck: {run.stderr}")
        if words("\n".join(wanted)) not in told:
            bad.append(f"{command}: not as documented: {run.stderr}")
bad += [f"the document shows {command}, which is no example" for command in expected]
print("\n".join(bad) or f"{len(binaries)} examples as documented")
sys.exit(bool(bad))
