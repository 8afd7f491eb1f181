#!/usr/bin/env python3
"""run.py TOOL PROGRAM: a program with AddressSanitizer ends under `threadcheck run` as alone.

Its runtime must come before any other library, and calls hooks that we have, too, for each block.
"""

import subprocess
import sys


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=100, universal_newlines=True, errors="replace")


def main():
    tool, program = sys.argv[1:3]
    alone, bad = run([program]), []
    for options in ([], ["--record=compact"]):
        watched = run([tool, "run"] + options + ["--", program])
        if (watched.returncode, watched.stdout) != (alone.returncode, alone.stdout) or alone.returncode:
            bad.append(f"{options}: status {watched.returncode} instead of {alone.returncode}, "
                       f"{watched.stdout!r} instead of {alone.stdout!r}: {watched.stderr[:600]}")
    print("\n".join(bad) or "ok")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
