#!/usr/bin/env python3
"""Runs a program, then has `threadcheck confirm` bring about what the report foresaw.

usage: run.py THREADCHECK SOURCE BINARY [BINARY_OF_ANOTHER_PROGRAM]

`// confirm: KIND` in the source's first line: a finding of that kind is reported, and confirmed
within ten runs.  `// refute: NAME`: what a report on the other program foresaw is not confirmed
here, and the command says why.  ` (info)` behind either: the finding is of that severity.

The first run is given an argument: the program takes care of its order, so that it ends well and
has what is foreseen.  The others are free to come about, after a pause that is easily outlasted.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

FOUND = 66
WHY = ("no thread reached", "checks what it waits for")


def run(*argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=300)


def fail(why, result=None):
    sys.exit(why + (f"\nexit status {result.returncode}\n{result.stderr}" if result else ""))


def main():
    tool, source, binary = (os.path.abspath(path) for path in sys.argv[1:4])
    other = os.path.abspath(sys.argv[4]) if len(sys.argv) > 4 else binary
    with open(source, encoding="utf-8") as file:
        word, what, info = re.match(r"// (confirm|refute): (\S+)( \(info\))?",
                                    file.readline()).groups()
    with tempfile.TemporaryDirectory() as work:
        report = os.path.join(work, "report.json")
        result = run(tool, "run", "--format=json", f"--output={report}",
                     "--min-severity=info" if info else "--min-severity=warning", "--", other, "in-turn")
        with open(report, encoding="utf-8") as file:
            kinds = [finding["kind"] for finding in json.load(file)["findings"]]
        if result.returncode != (0 if info else FOUND) or (word == "confirm" and kinds != [what]):
            fail(f"the first run found {kinds}", result)
        confirmed = os.path.join(work, "confirmed.json")
        seconds = "20" if word == "confirm" else "2"
        result = run(tool, "confirm", f"--timeout={seconds}", "--runs=10" if word == "confirm"
                     else "--runs=2", "--format=json", f"--output={confirmed}", report, "--",
                     binary)
        if word == "refute":
            if result.returncode != 0 or "not confirmed" not in result.stderr:
                fail("what cannot happen was confirmed, or nothing was said", result)
            if not any(why in result.stderr for why in WHY):
                fail("the command did not say why", result)
            return
        if result.returncode != FOUND:
            fail("not confirmed", result)
        with open(confirmed, encoding="utf-8") as file:
            findings = json.load(file)["findings"]
        if [finding["confidence"] for finding in findings] != ["confirmed"]:
            fail(f"the report has {findings}", result)


if __name__ == "__main__":
    main()
