#!/usr/bin/env python3
"""What -fsanitize=thread costs: on threadcheck's runtime, on gcc's and on clang's.

usage: compiled.py --prefix=DIR [--runs=N] [--short] [PROGRAM...]

DIR is an installation.  Each program of this folder is built by each compiler, with and without
-fsanitize=thread.  The CPU time of each way is divided by that of the same compiler's plain binary,
runs interleaved, the least of N; the last lines are geometric means, and memory against native.
--short does a third of the work: for one run of all in about a minute, less exact by what starting costs.
"""

import argparse
import math
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPEED = ["matmul", "hash_map", "byte_loop", "recursion"]
SHORT = {"matmul": ["3"], "hash_map": ["400000"], "byte_loop": ["30"], "recursion": ["400"]}


def build(directory, compiler, name, sanitized, *more):
    binary = os.path.join(directory, f"{name}.{compiler}{'.tsan' if sanitized else ''}")
    flags = ["-fsanitize=thread"] if sanitized else []
    subprocess.run([compiler, "-O2", "-g", "-pthread", *flags, *more, os.path.join(HERE, name + ".c"), "-o", binary],
                   check=True)
    return binary


def clang_for_gcc(directory, name):
    """What clang made, linked for a runtime that is a library, as gcc's is."""
    item, binary = (os.path.join(directory, f"{name}.clang.{end}") for end in ("o", "linked"))
    subprocess.run(["clang", "-O2", "-g", "-pthread", "-fsanitize=thread", "-c", os.path.join(HERE, name + ".c"),
                    "-o", item], check=True)
    subprocess.run(["gcc", "-pthread", "-fsanitize=thread", item, "-o", binary], check=True)
    return binary


def cost(command, environment):
    """CPU seconds, and the peak of resident memory in kB."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def ways(directory, shim, name):
    plain = {c: build(directory, c, name, False) for c in ("gcc", "clang")}
    tsan = {c: build(directory, c, name, True) for c in ("gcc", "clang")}
    ours = {"LD_PRELOAD": shim, "THREADCHECK_OPTIONS": "races=full:report=0:trace=" + os.path.join(directory, "traces")}
    quiet = {"TSAN_OPTIONS": "report_bugs=0"}
    off = dict(ours, THREADCHECK_OPTIONS=ours["THREADCHECK_OPTIONS"].replace("full", "off"))
    return {
        "native gcc": ([plain["gcc"]], {}, None),
        "native clang": ([plain["clang"]], {}, None),
        "libtsan (gcc)": ([tsan["gcc"]], quiet, "native gcc"),
        "clang's TSan": ([tsan["clang"]], quiet, "native clang"),
        "threadcheck": ([tsan["gcc"]], ours, "native gcc"),
        "threadcheck (clang)": ([clang_for_gcc(directory, name)], ours, "native clang"),
        "its races=off": ([tsan["gcc"]], off, "native gcc"),
    }


def measure(directory, shim, name, runs, rounds):
    table = ways(directory, shim, name)
    least = {}
    for _ in range(runs):
        for way, (command, environment, _) in table.items():
            seconds, memory = cost(command + rounds, environment)
            old = least.get(way, (math.inf, math.inf))
            least[way] = (min(old[0], seconds), min(old[1], memory))
    ratios = {}
    for way, (_, _, base) in table.items():
        if base:
            ratios[way] = (least[way][0] / least[base][0], least[way][1] / least[base][1])
    return ratios


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True, type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("programs", nargs="*", default=SPEED + ["big_heap"])
    options = parser.parse_args()
    shim = os.path.join(options.prefix, "lib/libthreadcheck.so")
    means = {}
    with tempfile.TemporaryDirectory(prefix="threadcheck-bench-") as directory:
        for name in options.programs:
            ratios = measure(directory, shim, name, options.runs, SHORT.get(name, []) if options.short else [])
            for way, (cpu, memory) in ratios.items():
                print(f"{name:10} {way:19} CPU x {cpu:6.2f}   memory x {memory:5.2f}", flush=True)
                if name in SPEED:
                    means.setdefault(way, []).append(cpu)
    for way, values in means.items():
        mean = math.exp(sum(map(math.log, values)) / len(values))
        print(f"geometric mean {way:15} CPU x {mean:.2f}")


if __name__ == "__main__":
    main()
