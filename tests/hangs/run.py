#!/usr/bin/env python3
"""Hangs of mixed kinds (hangs.c): each is reported while it stands, and from the trace of the
process after it was killed.  Waits for something from outside (waits.c): nothing is reported.

usage: run.py THREADCHECK SHIM BINARY [CASE...]      with BINARY hangs or waits
"""

import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

FOUND = 66
HANG = {"deadlock", "self-deadlock", "lost-wakeup"}


def found(report):
    with open(report, encoding="utf-8") as file:
        return {finding["kind"] for finding in json.load(file)["findings"]
                if finding["severity"] == "error"}


def quiet(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=120, **more)


def live(tool, binary, case, work):
    """What is wrong with the report of a hang that stands; and how long it took."""
    report, begin = os.path.join(work, "live.json"), time.monotonic()
    result = quiet([tool, "run", "--on-deadlock=abort", "--format=json", f"--output={report}", "--",
                    binary, case])
    took = time.monotonic() - begin
    if result.returncode != FOUND or not found(report) & HANG:
        return f"live: status {result.returncode}, {result.stderr[-300:]}", took
    return None, took


def killed_after(seconds, tool, shim, binary, case, work):
    """What is wrong with what the trace tells after SIGKILL, without the watch."""
    traces, report = os.path.join(work, f"traces{seconds}"), os.path.join(work, "killed.json")
    os.makedirs(traces)
    options = f"report=0:trace={traces}:hang_timeout=0"
    process = subprocess.Popen([binary, case], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               env=dict(os.environ, LD_PRELOAD=shim, THREADCHECK_OPTIONS=options))
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    result = quiet([tool, "analyze", "--format=json", f"--output={report}"] +
                   glob.glob(traces + "/*"))
    if result.returncode != FOUND or not found(report) & HANG:
        return f"killed: status {result.returncode}, {result.stderr[-300:]}"
    return None


def killed(*case):
    """The same; a program that has not come far by then, on a busy machine, gets more time."""
    return killed_after(1.5, *case) and killed_after(6, *case) and killed_after(24, *case)


def silent(tool, binary, case):
    """What is wrong with a run that waits for something from outside."""
    result = quiet([tool, "run", "--on-deadlock=abort", "--", binary, case])
    if result.returncode or result.stderr:
        return f"status {result.returncode}, {result.stderr[-300:]}"
    return None


def hang(tool, shim, binary, case, work):
    wrong, took = live(tool, binary, case, work)
    return [why for why in (wrong, killed(tool, shim, binary, case, work)) if why], took


def main():
    tool, shim, binary = (os.path.abspath(path) for path in sys.argv[1:4])
    listed = subprocess.run([binary], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    bad = 0
    for case in sys.argv[4:] or listed:
        with tempfile.TemporaryDirectory() as work:
            if os.path.basename(binary) == "hangs":
                wrong, took = hang(tool, shim, binary, case, work)
            else:
                why, took = silent(tool, binary, case), 0
                wrong = [why] if why else []
        bad += bool(wrong)
        print(f"{'BAD ' if wrong else 'ok  '} {case} {f'({took:.1f} s)' if took else ''}", *wrong,
              flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
