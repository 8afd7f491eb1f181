#!/usr/bin/env python3
"""Measures threadcheck against native, interleaved, and prints ratios.

    ./bazelw run //bench [-- --runs=N --quick --peers]

--peers adds Helgrind and DRD where they are installed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.getcwd()
STAGE = os.path.join(HERE, "stage")
SYNC_OPS = os.path.join(HERE, "bench", "sync_ops")
OPERATIONS = [  # name, rounds
    ("mutex_pair", 4_000_000),
    ("mutex_nested_4", 4_000_000),
    ("mutex_contended", 1_000_000),
    ("read_lock_pair", 2_000_000),
    ("write_lock_pair", 2_000_000),
    ("spin_pair", 2_000_000),
    ("semaphore_pair", 2_000_000),
    ("condition_ping_pong", 40_000),
    ("create_join", 10_000),
]


def run(argv, environment=None):
    """Standard output of a command, or None when it failed."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=environment, timeout=600)
    return done.stdout if done.returncode == 0 else None


def recorded(traces):
    options = f"report=0:trace={traces}"
    return dict(os.environ, LD_PRELOAD=f"{STAGE}/lib/libthreadcheck.so", THREADCHECK_OPTIONS=options)


def empty(folder):
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))


def operations(arguments, traces):
    peers = [tool for tool in ("helgrind", "drd") if arguments.peers and shutil.which("valgrind")]
    print(f"{'ns a round':22}{'native':>10}{'recorded':>10}{'extra':>9}{'ratio':>8}"
          + "".join(f"{peer:>10}" for peer in peers))
    for name, count in OPERATIONS:
        count //= 10 if arguments.quick else 1
        native, ours, theirs = [], [], {peer: [] for peer in peers}
        for _ in range(arguments.runs):
            native.append(float(run([SYNC_OPS, name, str(count)]) or "nan"))
            ours.append(float(run([SYNC_OPS, name, str(count)], recorded(traces)) or "nan"))
            empty(traces)
        for peer in peers:
            out = run(["valgrind", f"--tool={peer}", "-q", SYNC_OPS, name, str(max(count // 200, 100))])
            theirs[peer].append(float(out or "nan"))
        a, b = statistics.median(native), statistics.median(ours)
        print(f"{name:22}{a:10.1f}{b:10.1f}{b - a:9.1f}{b / a:8.2f}"
              + "".join(f"{statistics.median(theirs[peer]):10.0f}" for peer in peers), flush=True)


def analysis(arguments, traces):
    """Bytes of a lock pair in the trace, and events a second in analyze."""
    count = 1_000_000 if arguments.quick else 20_000_000
    run([SYNC_OPS, "mutex_pair", str(count)], recorded(traces))
    size = sum(os.stat(os.path.join(traces, f)).st_blocks * 512 for f in os.listdir(traces))
    pairs = count + count // 10
    begin = time.monotonic()
    out = run([f"{STAGE}/bin/threadcheck", "analyze", "--error-exitcode=0", traces])
    spent = time.monotonic() - begin
    print(f"\ntrace: {size / pairs:.2f} bytes a lock pair")
    if out is not None:
        print(f"analyze: {2 * pairs / spent / 1e6:.1f} million events a second ({2 * pairs / 1e6:.0f} million)")
    empty(traces)


def start_up(arguments):
    """A program without threads, native and under the shim."""
    times = {}
    for _ in range(arguments.runs * 10):
        for label, environment in (("native", None), ("preloaded", recorded(tempfile.gettempdir()))):
            begin = time.monotonic()
            run(["/bin/true"], environment)
            times.setdefault(label, []).append(time.monotonic() - begin)
    extra = statistics.median(times["preloaded"]) - statistics.median(times["native"])
    print(f"start-up of a program without threads: {extra * 1e3:+.2f} ms")


def main():
    parser = argparse.ArgumentParser(usage="./bazelw run //bench -- [--runs=N] [--quick] [--peers]")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    if not os.path.exists(SYNC_OPS):
        sys.exit("bench: run it by ./bazelw run //bench")
    with tempfile.TemporaryDirectory() as traces:
        operations(arguments, traces)
        analysis(arguments, traces)
    start_up(arguments)


if __name__ == "__main__":
    main()
