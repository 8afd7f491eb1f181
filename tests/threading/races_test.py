#!/usr/bin/env python3
"""What a barrier's action of threading.h does is ordered: nothing is found; a race beside it is.

usage: races_test.py THREADCHECK… PROGRAM    (libthreading.so is a library of its own, not watched)
"""

import subprocess
import sys

FOUND = 66


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, text=True)


def main():
    tool, program = sys.argv[1], sys.argv[-1]
    alone = run([program])
    for arguments, status in ((), 0), (("racy",), FOUND):
        watched = run([tool, "run", "--races=full", "--", program, *arguments])
        assert watched.returncode == status, watched
        assert watched.stdout == alone.stdout, watched
        assert ("data race on left" in watched.stderr) == bool(status), watched
        assert watched.stderr.count("data race on") == bool(status), watched


main()
