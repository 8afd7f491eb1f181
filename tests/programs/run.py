#!/usr/bin/env python3
"""Runs programs of this folder under threadcheck and compares with what their first lines expect.

usage: run.py --stage FILE... SOURCE BINARY [--lib FILE...]   one program, built already (Bazel)
       run.py --prefix=DIR [--folder=DIR] [--flags=FLAGS] [--build=DIR] [--jobs=N] [PATTERN...]

The second form runs all programs of the folder (this one), or those that match.  DIR of --prefix
holds bin/threadcheck and lib/libthreadcheck.so; it compiles with $CC and $CXX (gcc, g++) and FLAGS.
Each program runs alone, twice under `threadcheck run`, first with full recording and then with
compact, and once with the shim preloaded.
Its output, its exit status and the kinds found must be as expected, and the ids of its findings the
same both times.  README.md describes the lines that a program begins with.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.environ.get("TC_PYTHON", "/usr/bin/python3")  # of programs in Python
FOUND = 66  # exit status of `threadcheck run` when a finding stands
HANG_SECONDS = 120
SEVERITIES = {"error", "warning", "info"}
CONFIDENCES = {"observed", "confirmed", "predicted", "possible"}
SHOWN = {"error", "warning"}


class Program:
    """What the first comment lines of a source say of it."""

    def __init__(self, source, binary, lib):
        self.source, self.binary = source, os.path.abspath(binary)
        self.name = os.path.splitext(os.path.basename(source))[0]
        says = {}
        with open(source) as lines:
            for line in lines:
                match = re.match(r"(?://|#) (expect|also|info|no|args|exit|findings|nothing|says|lost): (.*)", line)
                if match:
                    says[match.group(1)] = match.group(2).strip()
        if "expect" not in says:
            raise SystemExit(f"{source}: no line `// expect: ...`")
        words = lambda key: {w.strip() for w in says.get(key, "").split(",") if w.strip()}
        self.hangs = says["expect"].endswith("(hang)")
        says["expect"] = says["expect"].replace("(hang)", "")
        self.kinds = words("expect") - {"none"}
        self.also, self.info, self.no = words("also"), words("info"), words("no")
        self.arguments = shlex.split(says.get("args", "").replace("{lib}", os.path.abspath(lib)))
        self.findings = int(says["findings"]) if "findings" in says else None
        self.untouched = "nothing" in says
        self.says = says.get("says")  # what the tool may say on stderr when it cannot record
        self.loses = "lost" in says or self.says
        status = says.get("exit", "0")
        self.status = int(status) if status.isdigit() else -getattr(signal, status)


class Check:
    """One program's checks; `bad` collects what is not as it should be."""

    def __init__(self, program, tool, shim, directory):
        self.program, self.tool, self.shim, self.directory = program, tool, shim, directory
        self.bad = []

    def must(self, holds, message):
        if not holds:
            self.bad.append(message)

    def execute(self, command, **environment):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=HANG_SECONDS, cwd=self.directory,
                              errors="replace", text=True, env=dict(os.environ, **environment))

    def command(self):
        interpreter = [PYTHON] if self.program.binary.endswith(".py") else []
        return interpreter + [self.program.binary] + self.program.arguments

    def native(self):
        """How the program ends without us; a program that hangs is not tried."""
        if self.program.hangs:
            return None
        alone = self.execute(self.command())
        self.must(alone.returncode == self.program.status,
                  f"alone: status {alone.returncode} instead of {self.program.status}: {alone.stdout}")
        return alone

    def same_output(self, what, run, alone):
        if alone is None:
            return
        self.must(run.stdout == alone.stdout,
                  f"{what}: stdout {run.stdout!r} instead of {alone.stdout!r}")

    def under_run(self, number, alone):
        """One run under `threadcheck run`; its JSON report, or None."""
        report = os.path.join(self.directory, f"report{number}.json")
        record = "full" if number == 1 else "compact"
        run = self.execute([self.tool, "run", "--on-deadlock=abort", "--format=json",
                            f"--record={record}", "--min-severity=info", f"--output={report}",
                            f"--trace=trace{number}", "--"] + self.command())
        what = f"run {number} ({record})"
        status = self.program.status
        native = 128 - status if status < 0 else status
        want = FOUND if self.program.kinds else native
        self.must(run.returncode == want,
                  f"{what}: status {run.returncode} instead of {want}; stderr: {run.stderr[-600:]}")
        self.same_output(what, run, alone)
        if alone is not None and not self.program.untouched:
            rest = run.stderr
            if self.program.says:
                rest = re.sub(f"threadcheck: .*{self.program.says}.*\n", "", rest)
            self.must(rest == alone.stderr,
                      f"{what}: stderr {run.stderr[-600:]!r} instead of {alone.stderr!r}")
        try:
            with open(report) as text:
                return json.load(text)
        except (OSError, ValueError) as error:
            self.must(self.program.untouched or self.program.says, f"{what}: no JSON report: {error}; {run.stderr[-600:]}")
            return None

    def verdict(self, what, document):
        shown = [f for f in document["findings"] if f["severity"] in SHOWN]
        kinds = {f["kind"] for f in shown}
        program = self.program
        told = "; ".join(f"{f['kind']}: {f['title']}" for f in shown)
        self.must(program.kinds <= kinds, f"{what}: missed {sorted(program.kinds - kinds)}, has {told}")
        extra = kinds - program.kinds - program.also
        self.must(not extra, f"{what}: unexpected {sorted(extra)}: {told}")
        everything = {f["kind"] for f in document["findings"]}
        self.must(program.info <= everything, f"{what}: missed info {sorted(program.info - everything)}")
        self.must(not program.no & everything, f"{what}: has {sorted(program.no & everything)}")
        if program.findings is not None:
            self.must(len(shown) == program.findings,
                      f"{what}: {len(shown)} findings instead of {program.findings}")
        source = os.path.basename(program.source)
        for finding in shown:
            frames = [frame for thread in finding["threads"] for stack in thread["stacks"]
                      for frame in stack["frames"]]
            places = {str(f.get("file", "")).rsplit("/", 1)[-1] for f in frames if f.get("line")}
            self.must(source in places or program.arguments,
                      f"{what}: {finding['kind']} shows no line of {source}, only {sorted(places)}")

    def shape(self, what, document):
        self.must(document.get("version") == 1, f"{what}: version {document.get('version')}")
        for key in ("tool", "program", "complete", "lost_events", "findings", "summary"):
            self.must(key in document, f"{what}: no {key}")
        counts = dict.fromkeys(SEVERITIES, 0)
        ids = set()
        for finding in document["findings"]:
            for key in ("id", "kind", "title", "explanation", "count", "objects", "threads"):
                self.must(key in finding, f"{what}: a finding without {key}")
            self.must(finding["severity"] in SEVERITIES, f"{what}: {finding['severity']}")
            self.must(finding["confidence"] in CONFIDENCES, f"{what}: {finding['confidence']}")
            self.must(finding["id"] not in ids, f"{what}: two findings with the id {finding['id']}")
            ids.add(finding["id"])
            counts[finding["severity"]] += 1
            text = finding["title"] + finding["explanation"]
            self.must("{" not in text, f"{what}: an unfilled placeholder: {text}")
            for thread in finding["threads"]:
                for stack in thread["stacks"]:
                    self.must(stack.get("what") and stack.get("frames"),
                              f"{what}: {finding['kind']}: a stack without what or frames: {stack}")
        summary = {key: document.get("summary", {}).get(key) for key in SEVERITIES}
        self.must(summary == counts, f"{what}: summary {summary} of {counts}")
        if self.program.loses:
            return
        self.must(document.get("lost_events") == 0, f"{what}: lost {document.get('lost_events')} events")
        if self.program.status >= 0 and not self.program.hangs:
            self.must(document.get("complete") is True, f"{what}: not complete")

    def preloaded(self, alone):
        """Plain LD_PRELOAD: the program's own status, and a report on stderr when there is one."""
        run = self.execute(self.command(), LD_PRELOAD=self.shim,
                           THREADCHECK_OPTIONS="on_deadlock=abort")
        want = FOUND if self.program.hangs else self.program.status
        self.must(run.returncode == want,
                  f"preload: status {run.returncode} instead of {want}; stderr: {run.stderr[-600:]}")
        self.same_output("preload", run, alone)
        if self.program.kinds:
            closed = "stderr_closed" in self.program.name
            killed = self.program.status < 0  # nothing of ours runs then
            for kind in self.program.kinds:
                self.must(closed or killed or kind in run.stderr,
                          f"preload: {kind} is not on stderr: {run.stderr[-600:]!r}")
        elif alone is not None:
            rest = run.stderr.replace(alone.stderr, "", 1)
            self.must(not re.search(r"\b(error|warning)\b[:\[]", rest), f"preload: stderr {rest!r}")

    def all(self):
        try:
            alone = self.native()
            documents = [self.under_run(number, alone) for number in (1, 2)]
            for number, document in enumerate(documents, 1):
                if document:
                    self.shape(f"run {number}", document)
                    self.verdict(f"run {number}", document)
            if all(documents):
                ids = [{f["id"] for f in d["findings"] if f["kind"] in self.program.kinds
                        and f["severity"] in SHOWN} for d in documents]
                self.must(ids[0] == ids[1], f"ids differ between full and compact recording: {ids}")
            self.preloaded(alone)
        except subprocess.TimeoutExpired as error:
            self.bad.append(f"not ended after {error.timeout} s: {' '.join(error.cmd)}")
        return self.bad


def known_gaps(folder):
    """Programs that this version gets wrong, with the reason: NAME: reason."""
    gaps = {}
    with open(os.path.join(folder, "known_gaps.txt")) as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, _, reason = line.partition(":")
                gaps[name.strip()] = reason.strip()
    return gaps


def examine(program, tool, shim, folder=HERE):
    """Prints the outcome of one program; whether it is as it should be."""
    with tempfile.TemporaryDirectory(prefix="tc-program-") as directory:
        bad = Check(program, tool, shim, directory).all()
        # Bazel keeps what lies there: the traces and reports of a test that failed.
        kept = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
        if bad and kept:
            shutil.copytree(directory, os.path.join(kept, program.name), dirs_exist_ok=True,
                            symlinks=True, ignore_dangling_symlinks=True)
    gap = known_gaps(folder).get(program.name)
    if gap:
        print(f"gap  {program.name}: {gap}" if bad else
              f"FAIL {program.name}: is right now, take it out of known_gaps.txt", flush=True)
        return bool(bad)
    print("\n  ".join([f"FAIL {program.name}"] + bad) if bad else f"ok   {program.name}", flush=True)
    return not bad


def build(source, binary, more):
    plus = source.endswith(".cc")
    compiler = os.environ.get("CXX", "g++") if plus else os.environ.get("CC", "gcc")
    flags = ["-std=c++20" if plus else "-std=gnu11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra",
             "-pthread", "-I" + os.path.join(HERE, "..", "..", "include")]
    folder = os.path.basename(os.path.dirname(source))
    if folder == "lib":
        flags += ["-shared", "-fPIC"]
    if folder == "static":
        flags += ["-static-pie", "-fPIE"]
    if not os.path.exists(binary) or os.path.getmtime(binary) < os.path.getmtime(source):
        subprocess.run([compiler] + flags + [source, "-o", binary] + more + ["-ldl"], check=True)


def by_hand(options, patterns):
    tool, shim = options.prefix + "/bin/threadcheck", options.prefix + "/lib/libthreadcheck.so"
    os.makedirs(options.build, exist_ok=True)
    folder, flags = options.folder, shlex.split(options.flags)
    for source in glob.glob(folder + "/lib/*.c"):
        build(source, f"{options.build}/{os.path.basename(source)[:-2]}.so", flags)

    def one(source):
        binary = os.path.join(options.build, os.path.splitext(os.path.basename(source))[0])
        build(source, binary, flags)
        return examine(Program(source, binary, options.build), tool, shim, folder)

    sources = sorted(s for ending in ("*.c", "*.cc", "static/*.c") for s in glob.glob(f"{folder}/{ending}"))
    wanted = [s for s in sources if not patterns or any(re.search(p, s[len(folder):]) for p in patterns)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(one, wanted))
    print(f"{sum(good)} of {len(good)} as expected")
    return all(good)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", type=os.path.abspath)
    parser.add_argument("--folder", type=os.path.abspath, default=HERE)
    parser.add_argument("--flags", default="")
    parser.add_argument("--build", type=os.path.abspath, default="/tmp/threadcheck-programs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--stage", nargs="+", type=os.path.abspath)
    parser.add_argument("--lib", nargs="*", type=os.path.abspath, default=[])
    parser.add_argument("rest", nargs="*")
    options = parser.parse_args()
    if options.prefix:
        return by_hand(options, options.rest)
    tool = next(f for f in options.stage if f.endswith("/threadcheck"))
    shim = next(f for f in options.stage if f.endswith("/libthreadcheck.so"))
    source, binary = options.rest
    lib = os.path.dirname(options.lib[0]) if options.lib else "."
    return examine(Program(source, binary, lib), tool, shim)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
