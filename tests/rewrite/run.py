#!/usr/bin/env python3
"""Runs a program with and without races=full: the same output and status, and its race is told.

usage: run.py THREADCHECK SOURCE-WITH-THE-RACE PROGRAM ARGUMENT...

The race is told with the line of the source that has the word RACE; where none has, none is told.  THREADCHECK is bin/threadcheck
of an installed or staged copy.
"""

import json
import os
import subprocess
import sys
import tempfile

tool, source, *command = sys.argv[1:]
command = [os.path.abspath(word) if os.path.exists(word) else word for word in command]
with open(source) as text:
    line = next((number for number, words in enumerate(text, 1) if "RACE" in words), None)
alone = subprocess.run(command, stdout=subprocess.PIPE, check=False)
with tempfile.TemporaryDirectory(prefix="tc-rewrite-") as directory:
    report = os.path.join(directory, "report.json")
    watched = subprocess.run(
        [tool, "run", "--races=full", "--error-exitcode=0", "--format=json", "--output=" + report,
         "--", *command], stdout=subprocess.PIPE, check=False)
    with open(report) as text:
        findings = json.load(text)["findings"]
bad = []
if (watched.returncode, watched.stdout) != (alone.returncode, alone.stdout):
    bad.append(f"gives {watched.returncode} {watched.stdout!r} instead of {alone.returncode} {alone.stdout!r}")
name = os.path.basename(source)
for finding in findings:
    places = [[(os.path.basename(str(frame.get("file"))), frame.get("line")) for frame in stack["frames"]]
              for thread in finding["threads"] for stack in thread["stacks"][:1]]
    if finding["kind"] != "data-race" or not all((name, line) in frames for frames in places):
        bad.append(f"unexpected {finding['kind']}: {finding['title']}: {places}")
if line and not findings:
    bad.append(f"the race in {name}:{line} is not told")
print("\n".join(bad) if bad else "ok")
sys.exit(bool(bad))
