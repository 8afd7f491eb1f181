#!/usr/bin/env python3
"""Runs the scenarios in CPython and in C and compares what they print, line by line.

usage: compare_test.py SCENARIOS.py BINARY
"""

import os
import subprocess
import sys

PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
script, binary = map(os.path.abspath, sys.argv[1:3])


def lines(*command):
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    return run.stdout.splitlines()


python, c = lines(PYTHON, script), lines(binary)
different = 0
for number in range(max(len(python), len(c))):
    ours = c[number] if number < len(c) else "nothing"
    theirs = python[number] if number < len(python) else "nothing"
    if ours != theirs:
        different += 1
        print(f"Python: {theirs}\nC:      {ours}")
print(f"{len(python)} outcomes, {different} different")
sys.exit(different != 0)
