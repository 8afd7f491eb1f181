#!/usr/bin/env python3
"""run.py TOOL PROGRAM: a program with AddressSanitizer ends under `threadcheck run` as alone.

Its runtime must come before any other library, and calls hooks that we have, too, for each block.
gcc 12's runtime does not start in each run where the kernel puts mappings at very random addresses, so
a run may be done again, and where the program does not run alone nothing is asked.
"""

import subprocess
import sys


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=100, universal_newlines=True, errors="replace")


def good(command):
    for _ in range(4):
        done = run(command)
        if not done.returncode:
            break
    return done


def main():
    tool, program = sys.argv[1:3]
    alone, bad = good([program]), []
    if alone.returncode:
        print(f"skip: AddressSanitizer does not run here: {alone.stderr[:200]}")
        return 0
    for options in ([], ["--record=compact"]):
        watched = good([tool, "run"] + options + ["--", program])
        if (watched.returncode, watched.stdout) != (alone.returncode, alone.stdout):
            bad.append(f"{options}: status {watched.returncode} instead of {alone.returncode}, "
                       f"{watched.stdout!r} instead of {alone.stdout!r}: {watched.stderr[:600]}")
    print("\n".join(bad) or "ok")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
