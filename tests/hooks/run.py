#!/usr/bin/env python3
"""Runs a program without and with the shim: what it prints and its exit status must be the same.

usage: run.py LIBTHREADCHECK PROGRAM...
Nothing is asked of the report here; tests/programs does that.
"""
import os
import subprocess
import sys


def run(program, environment):
    """(status, stdout) of one run."""
    done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          timeout=120, check=False)
    # A new thread or process may print before or after its maker does: order of lines says nothing.
    return done.returncode, "\n".join(sorted(done.stdout.decode(errors="replace").split("\n")))


def main():
    shim = os.path.abspath(sys.argv[1])
    failed = False
    for program in map(os.path.abspath, sys.argv[2:]):
        plain = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        expected = run(program, plain)
        for options in ("report=0", "report=0:stacks=caller"):
            watched = run(program, dict(plain, LD_PRELOAD=shim, THREADCHECK_OPTIONS=options))
            if watched == expected:
                continue
            failed = True
            print(f"{program} ({options}): status {watched[0]} instead of {expected[0]}")
            for number, (is_now, was) in enumerate(zip(watched[1].split("\n"), expected[1].split("\n"))):
                if is_now != was:
                    print(f"  sorted output line {number + 1}: {is_now!r} instead of {was!r}")
                    break
            else:
                if watched[1] != expected[1]:
                    print("  output ends early" if len(watched[1]) < len(expected[1]) else "  output goes on")
    sys.exit(failed)


main()
