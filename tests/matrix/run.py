#!/usr/bin/env python3
"""Runs lockdep's self-test cases on every kind of lock (matrix.cc) under threadcheck.

usage: run.py THREADCHECK BINARY [KIND...]

What is expected follows from what the kind is: whether two holders exclude each other, whether its
owner may take it again, what a second release means and whether it has an initialiser.
"""

import collections
import json
import os
import subprocess
import sys
import tempfile

CYCLES = ["ABBA", "ABBCCA", "ABCABC", "ABBCCDDA", "ABCDBDDA", "ABCDBCDA"]
ORDERS = ["ABAB", "ABBCAC", "ABCDACBD"]
FOUND = 66

# excludes: a cycle of them deadlocks.  again: what "AA" is.  twice: what a second release is.
# init: what initialising a held one is; None: there is no initialiser, or holding one means nothing.
Kind = collections.namedtuple("Kind", "excludes again twice init")
SELF, TWICE, INIT = "self-deadlock", "double-release", "double-init"
KINDS = {
    "mutex": Kind(True, SELF, TWICE, INIT),
    "errorcheck": Kind(True, SELF, TWICE, INIT),
    "recursive": Kind(True, None, TWICE, INIT),
    "write": Kind(True, SELF, TWICE, INIT),
    "read": Kind(False, None, TWICE, INIT),
    "spin": Kind(True, SELF, TWICE, INIT),
    "semaphore": Kind(True, "deadlock", None, None),
    "c11": Kind(True, SELF, TWICE, INIT),
    "c11_recursive": Kind(True, None, TWICE, INIT),
    "std_mutex": Kind(True, SELF, TWICE, None),
    "std_recursive": Kind(True, None, TWICE, None),
    "std_timed": Kind(True, SELF, TWICE, None),
    "std_shared": Kind(True, SELF, TWICE, None),
    "std_shared_read": Kind(False, None, TWICE, None),
    "Lock": Kind(True, SELF, TWICE, None),
    "RLock": Kind(True, None, TWICE, None),
    "Semaphore": Kind(True, "deadlock", None, None),
}


def cases(kind):
    for pairs in CYCLES:
        yield pairs, "lock-order-inversion" if kind.excludes else None
    for pairs in ORDERS:
        yield pairs, None
    yield "AA", kind.again
    yield "twice", kind.twice
    if kind.init:
        yield "init", kind.init


def found(tool, binary, kind, case, report):
    """The kinds of finding of one run, errors and warnings; what went wrong as a string."""
    result = subprocess.run(
        [tool, "run", "--on-deadlock=abort", "--format=json", f"--output={report}", "--", binary,
         kind, case],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=120)
    with open(report, encoding="utf-8") as file:
        kinds = [finding["kind"] for finding in json.load(file)["findings"]]
    if result.returncode != (FOUND if kinds else 0):
        return f"status {result.returncode}: {result.stderr[-300:]}"
    return kinds


def main():
    tool, binary = (os.path.abspath(path) for path in sys.argv[1:3])
    bad = count = 0
    with tempfile.TemporaryDirectory() as work:
        for name in sys.argv[3:] or KINDS:
            for case, expected in cases(KINDS[name]):
                got = found(tool, binary, name, case, os.path.join(work, "report.json"))
                count += 1
                if got != ([expected] if expected else []):
                    bad += 1
                    print(f"BAD  {name} {case}: {got} instead of {expected}")
    print(f"{count - bad} of {count} as expected")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
