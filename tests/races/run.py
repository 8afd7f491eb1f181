#!/usr/bin/env python3
"""Runs programs of this folder under `threadcheck run --races=…` and compares with their first lines.

usage: run.py --stage FILE... --ways=WAYS SOURCE PLAIN SANITIZED    one program, built already (Bazel)
       run.py --prefix=DIR [--ways=WAYS] [--build=DIR] [--jobs=N] [PATTERN...]
       run.py --oracle [--build=DIR] [--jobs=N] [PATTERN...]

DIR of --prefix holds bin/threadcheck and lib/libthreadcheck.so.  WAYS are those that are tried, by
default all: `rewrite` runs the program as -O2 -g made it, `stripped` the same without its debug
information, `compiled` the one that was built with -fsanitize=thread; all with --races=full.  `sample`
runs those with a line `// sample:`, as -O2 -g made them, with --races=sample.  --oracle runs the latter with the compiler's own
ThreadSanitizer instead and compares with the line `// tsan:`.  README.md describes the lines.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOUND = 66  # exit status of `threadcheck run` when a finding stands
LIMIT = 120
KIND = "data-race"
EITHER = "data-race or possible"  # as the threads take turns
WAYS = ("rewrite", "stripped", "compiled", "sample")
SAMPLES = 30  # runs in which sampling must have found it once


class Program:
    """What the first comment lines of a source say of it."""

    def __init__(self, source, plain, sanitized):
        self.source = source
        self.name = os.path.splitext(os.path.basename(source))[0]
        self.binary = {"rewrite": os.path.abspath(plain), "compiled": os.path.abspath(sanitized),
                       "sample": os.path.abspath(plain), "stripped": None}
        self.says = {}
        self.raced = set()  # the lines that are marked
        with open(source) as lines:
            for number, line in enumerate(lines, 1):
                if line.rstrip().endswith("// raced"):
                    self.raced.add(number)
                match = re.match(r"// (expect|tsan|why|rewrite|stripped|compiled|sample|also): (.*)", line)
                if match:
                    self.says[match.group(1)] = match.group(2).strip()
        if self.says.get("expect") not in (KIND, "none"):
            raise SystemExit(f"{source}: no line `// expect: {KIND}` or `// expect: none`")
        differs = {"tsan", "rewrite", "compiled"} & set(self.says)
        if differs and "why" not in self.says:
            raise SystemExit(f"{source}: differs in {sorted(differs)} and does not say why")

    def expected(self, way):
        return self.says.get(way, self.says["expect"])


def execute(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=LIMIT, errors="replace", text=True, **more)


def lines_of(finding):
    """The sources' names on each side of a race."""
    return [{str(frame.get("file", "")).rsplit("/", 1)[-1] for stack in thread["stacks"]
             for frame in stack["frames"] if frame.get("line")} for thread in finding["threads"]]


def places(finding):
    """The lines of the accesses themselves; a side that is not known has none."""
    return {stack["frames"][0].get("line") for thread in finding["threads"]
            for stack in thread["stacks"][:1] if stack["frames"]}


def verdict(program, way, document):
    """What is wrong with a report."""
    shown = [f for f in document["findings"] if f["severity"] in ("error", "warning")]
    told = "; ".join(f"{f['kind']} ({f['confidence']}): {f['title']}" for f in document["findings"])
    expected = program.expected(way)
    races = [f for f in document["findings"] if f["kind"] == KIND]
    bad = []
    if expected == KIND and not any(f["kind"] == KIND for f in shown):
        bad.append(f"missed the race; has {told or 'nothing'}")
    if expected == "possible" and not any(f["confidence"] == "possible" for f in races):
        bad.append(f"no possible race; has {told or 'nothing'}")
    if expected == EITHER and not races:
        bad.append("not even a possible race")
    if expected not in (KIND, EITHER) and shown:
        bad.append(f"unexpected {told}")
    others = {f["kind"] for f in shown} - {KIND, program.says.get("also")}
    if others:
        bad.append(f"unexpected {sorted(others)}: {told}")
    source = os.path.basename(program.source)
    for finding in races if way != "stripped" else []:
        sides = lines_of(finding)
        if len(sides) < 2 or not all(source in side for side in sides):
            bad.append(f"{finding['title']}: shows no line of {source} on both sides: {sides}")
        wrong = places(finding) - program.raced
        if program.raced and wrong:
            bad.append(f"{finding['title']}: is said to be at {sorted(wrong)}, not {sorted(program.raced)}")
    if document["lost_events"]:
        bad.append(f"{document['lost_events']} events lost")
    return bad


def sampled(program, tool, directory):
    """Sampling is a matter of luck: a race must be found in one of some runs, and none where there
    is none.  Where the kernel has no watchpoints to give, one line says so and all is as without."""
    for _ in range(SAMPLES):
        bad = check(program, tool, "sample", directory)
        if any("data races are not sampled" in line for line in bad):
            print(f"skip {program.name} sample: {bad[-1]}")
            return []
        if not bad or program.expected("sample") == "none":
            break
    return bad


def check(program, tool, way, directory):
    """One program by one way: what is not as it should be."""
    if way == "stripped":
        program.binary[way] = os.path.join(directory, program.name)
        execute(["strip", "--strip-debug", "-o", program.binary[way], program.binary["rewrite"]], check=True)
    command = [program.binary[way]]
    report = os.path.join(directory, way + ".json")
    races = "sample" if way == "sample" else "full"
    run = execute([tool, "run", f"--races={races}", "--format=json", "--min-severity=info",
                   f"--output={report}", "--"] + command, cwd=directory)
    bad = []
    want = FOUND if program.expected(way) == KIND else 0
    if run.returncode != want and not (program.expected(way) == EITHER and run.returncode == FOUND):
        bad.append(f"status {run.returncode} instead of {want}; stderr: {run.stderr[-600:]}")
    alone = execute([program.binary["rewrite"]], cwd=directory)
    if run.stdout != alone.stdout:
        bad.append(f"stdout {run.stdout!r} instead of {alone.stdout!r}")
    if run.stderr:
        bad.append(f"stderr {run.stderr[-600:]!r}")
    try:
        with open(report) as text:
            bad += verdict(program, way, json.load(text))
    except (OSError, ValueError) as error:
        bad.append(f"no JSON report: {error}")
    return [f"{way}: {line}" for line in bad]


def off(program, tool, directory):
    """Without races nothing of it is there: the same output, and no race is told."""
    run = execute([tool, "run", "--races=off", "--"] + [program.binary["rewrite"]], cwd=directory)
    alone = execute([program.binary["rewrite"]], cwd=directory)
    bad = []
    if (run.returncode, run.stdout, run.stderr) != (0, alone.stdout, ""):
        bad.append(f"off: status {run.returncode}, {run.stdout!r} instead of {alone.stdout!r}, {run.stderr!r}")
    return bad


def known_gaps():
    """Programs that this version gets wrong by one way, with the reason: NAME WAY: reason."""
    gaps = {}
    with open(os.path.join(HERE, "known_gaps.txt")) as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.partition(":")
                gaps[tuple(name.split())] = reason.strip()
    return gaps


def examine(program, tool, ways):
    """Prints the outcome of one program; whether it is as it should be."""
    gaps, good = known_gaps(), True
    with tempfile.TemporaryDirectory(prefix="tc-race-") as directory:
        # Where the program was built its sources had relative names: the report reads them by these.
        os.symlink(os.path.abspath("tests"), os.path.join(directory, "tests"))
        for way in ways:
            if way == "sample" and way not in program.says:
                continue
            try:
                bad = (sampled(program, tool, directory) if way == "sample" else
                       check(program, tool, way, directory))
            except subprocess.TimeoutExpired as error:
                bad = [f"{way}: not ended after {error.timeout} s"]
            gap = gaps.get((program.name, way))
            if gap:
                print(f"gap  {program.name} {way}: {gap}" if bad else
                      f"FAIL {program.name} {way}: is right now, take it out of known_gaps.txt", flush=True)
                good = good and bool(bad)
                continue
            print("\n  ".join([f"FAIL {program.name}"] + bad) if bad else f"ok   {program.name} {way}", flush=True)
            good = good and not bad
        bad = off(program, tool, directory)
    if bad:
        print("\n  ".join([f"FAIL {program.name}"] + bad), flush=True)
    return good and not bad


def oracle(program, _tool, _ways):
    """The compiler's ThreadSanitizer says what `// tsan:` (else `// expect:`) says."""
    try:
        said = execute(["setarch", "-R", program.binary["compiled"]]).stderr
        found = re.search(r"WARNING: ThreadSanitizer: (data race|heap-use-after-free)", said)
        got = "crash" if "DEADLYSIGNAL" in said else KIND if found else "none"
    except subprocess.TimeoutExpired:
        got = "hang"
    want = program.expected("tsan")
    print(f"{'ok  ' if got == want else 'FAIL'} {program.name}: {got}" +
          ("" if got == want else f" instead of {want}"), flush=True)
    return got == want


def compiled(source, binary, *flags):
    plus = source.endswith(".cc")
    command = [os.environ.get("CXX", "g++") if plus else os.environ.get("CC", "gcc"),
               "-std=c++20" if plus else "-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-pthread",
               "-I" + os.path.join(HERE, "..", ".."), "-I" + os.path.join(HERE, "..", "..", "include")]
    newest = max(os.path.getmtime(f) for f in (source, os.path.join(HERE, "race.h")))
    if not os.path.exists(binary) or os.path.getmtime(binary) < newest:
        libraries = ["-lrt"] + (["-latomic"] if "libatomic" in binary else [])
        subprocess.run(command + list(flags) + [source, "-o", binary] + libraries, check=True)


def by_hand(options, how, tool, ways):
    os.makedirs(options.build, exist_ok=True)

    def one(source):
        base = os.path.join(options.build, os.path.splitext(os.path.basename(source))[0])
        compiled(source, base)
        compiled(source, base + ".tsan", "-fsanitize=thread", "-Wno-unknown-warning-option", "-Wno-tsan")
        return how(Program(source, base, base + ".tsan"), tool, ways)

    sources = sorted(glob.glob(HERE + "/*.c") + glob.glob(HERE + "/*.cc"))
    wanted = [s for s in sources if not options.rest or any(re.search(p, s[len(HERE):]) for p in options.rest)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(one, wanted))
    print(f"{sum(good)} of {len(good)} as expected")
    return all(good)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", type=os.path.abspath)
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--build", type=os.path.abspath, default="/tmp/threadcheck-races")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stage", nargs="+", type=os.path.abspath)
    parser.add_argument("rest", nargs="*")
    options = parser.parse_args()
    ways = [way for way in options.ways.split(",") if way]
    if options.oracle:
        return by_hand(options, oracle, None, ways)
    if options.prefix:
        return by_hand(options, examine, options.prefix + "/bin/threadcheck", ways)
    tool = next(f for f in options.stage if f.endswith("/threadcheck"))
    return examine(Program(*options.rest), tool, ways)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
