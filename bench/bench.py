#!/usr/bin/env python3
"""Measures threadcheck against native and against every other tool that is installed.

    ./bazelw run -c opt //bench [-- --quick --runs=N --only=PART,... --no-peers --no-write]

All variants of a measurement run in turns, and of each the least counts, so that a busy machine
hurts all alike.  --quick measures less, and without the other tools.  Prints tables and writes them into docs/performance.md, unless --quick, --only or
--no-write say otherwise.  PART: operations, programs, memory, analysis.
"""

import argparse
import os
import sys
import tempfile

import analysis
import operations
import programs
import tools

PARTS = {"operations": operations.measure, "programs": programs.measure, "memory": analysis.memory,
         "analysis": analysis.measure}
MARKS = ("<!-- bench: begin -->\n", "<!-- bench: end -->")


def machine():
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else 'an unknown processor'}, {os.cpu_count()} processors"


def write(text):
    """Into the document, where this was started by Bazel in a checkout."""
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    path = root and os.path.join(root, "docs", "performance.md")
    if not path or not os.path.exists(path):
        sys.exit("bench: no docs/performance.md to write to: run it by ./bazelw run -c opt //bench")
    with open(path) as document:
        before, _, rest = document.read().partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
    with open(path, "w") as document:
        document.write(before + MARKS[0] + "\n" + text + "\n" + MARKS[1] + after)
    print(f"written into {path}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-write", action="store_true")
    options = parser.parse_args()
    options.runs = options.runs or (1 if options.quick else 5)
    wanted = options.only.split(",")
    for part in wanted:
        if part not in PARTS:
            parser.error(f"there is no part '{part}': {', '.join(PARTS)}")
    texts = [f"Measured on {machine()}; least of {options.runs} runs of each variant, in turns."]
    print(texts[0], flush=True)
    with tempfile.TemporaryDirectory(prefix="threadcheck-bench-") as directory:
        bench = tools.Bench(options, directory)
        for part in wanted:
            for title, table in PARTS[part](bench):
                text = f"### {title}\n\n{table}"
                print(f"\n{text}", flush=True)
                texts.append(text)
    if not (options.quick or options.no_write or options.only != ",".join(PARTS)):
        write("\n\n".join(texts))


if __name__ == "__main__":
    main()
