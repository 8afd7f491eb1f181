#!/usr/bin/env python3
"""How long --races=sample takes until it finds a race, by how often the racy code runs.

usage: detect.py --prefix=DIR [--runs=N] [--limit=SECONDS] [PROGRAM...]

DIR is an installation.  hot_race.c is built and runs under sampling until its race stands in the
trace; a row says in how many of N runs that was within the limit, and the least, the median and the
most seconds of these.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# threads, ns of other work between two racy accesses
ROWS = {
    "always": ["2", "0"],
    "1 us apart": ["2", "1000"],
    "10 us apart": ["2", "10000"],
    "100 us apart": ["2", "100000"],
    "1 ms apart": ["2", "1000000"],
    "10 us apart, 8 threads": ["8", "10000"],
}


def found(tool, directory):
    report = subprocess.run([tool, "analyze", "--format=json", directory], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, universal_newlines=True)
    if report.returncode not in (0, 66):
        return False  # nothing there yet
    return any(finding["kind"] == "data-race" for finding in json.loads(report.stdout)["findings"])


def seconds(tool, shim, binary, arguments, limit):
    """Seconds until the race is in the trace, and the processor time of that; None: not within the limit."""
    with tempfile.TemporaryDirectory() as directory:
        environment = dict(os.environ, LD_PRELOAD=shim,
                           THREADCHECK_OPTIONS=f"races=sample:report=0:trace={directory}")
        start = time.monotonic()
        process = subprocess.Popen([binary, *arguments], env=environment, stderr=subprocess.PIPE)
        result = None
        while result is None and time.monotonic() < start + limit:
            time.sleep(0.25)
            if found(tool, directory):
                with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
                    fields = stat.read().rsplit(")", 1)[1].split()
                used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                result = time.monotonic() - start, used
        process.kill()
        process.communicate()
        return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    tool = os.path.join(options.prefix, "bin", "threadcheck")
    shim = os.path.join(options.prefix, "lib", "libthreadcheck.so")
    print("| the race | found | least s | median s | most s | least s computed | median | most |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        binary = os.path.join(directory, "hot_race")
        subprocess.run(["gcc", "-O2", "-g", "-pthread", os.path.join(HERE, "hot_race.c"), "-o", binary], check=True)
        for name in options.rows or ROWS:
            got = [seconds(tool, shim, binary, ROWS[name], options.limit) for _ in range(options.runs)]
            hits = [value for value in got if value is not None]
            times = [value for at in (0, 1) for one in [[hit[at] for hit in hits]]
                     for value in (min(one), statistics.median(one), max(one))] if hits else []
            print(f"| {name} | {len(hits)} of {options.runs} | " +
                  " | ".join(f"{value:.1f}" for value in times or [float("nan")] * 6) + " |", flush=True)


if __name__ == "__main__":
    main()
