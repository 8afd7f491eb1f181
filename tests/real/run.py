#!/usr/bin/env python3
"""Real programs under threadcheck: they must do what they do alone, and nothing may be found.

usage: run.py --prefix=DIR [--work=DIR] [--rounds=N] [--races=full] [--data=MB] [PATTERN...]

DIR of --prefix holds bin/threadcheck and lib/libthreadcheck.so.  Each case runs alone and under
`threadcheck run`, in turns; compared are standard output, exit status and the files it writes, and
findings at warning or error count as failures.  Servers listen on 127.0.0.1 and are stopped after
their load.  Cases whose program is not installed are skipped.  The table at the end has the ratio of
run times (servers: of throughput) and what was recorded.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import cases
import harsh

FOUND = 66  # exit status of `threadcheck run` when a finding stands
HERE = os.path.dirname(os.path.abspath(__file__))


class Bench:
    """Where the cases work, and how they start programs."""

    def __init__(self, prefix, work, races="off", data_size=100_000_000):
        self.tool, self.shim = prefix + "/bin/threadcheck", prefix + "/lib/libthreadcheck.so"
        self.work, self.here = work, HERE
        self.data = os.path.join(work, f"data-{data_size // 1_000_000}MB")
        self.reports, self.races, self.data_size = 0, races, data_size

    def compile(self, source, *flags):
        """The program built from a source of this folder (or a path)."""
        source = os.path.join(HERE, source)
        binary = os.path.join(self.work, os.path.splitext(os.path.basename(source))[0])
        compiler = ["g++", "-std=c++20"] if source.endswith(".cc") else ["gcc", "-std=gnu11", "-D_GNU_SOURCE"]
        subprocess.run(compiler + ["-g", "-O2", "-pthread", source, "-o", binary, *flags], check=True)
        return binary

    def hundred_megabytes(self):
        """A file of 100 MB that compresses about as text does; the same in every run."""
        if not os.path.exists(self.data):
            with open(self.data + ".new", "wb") as out:
                block = b""
                for number in range(4096):
                    block += hashlib.sha256(b"%d" % number).hexdigest().encode() * 2 + b" some words\n"
                while out.tell() < self.data_size:
                    out.write(hashlib.sha512(b"%d" % out.tell()).digest() + block)
            os.rename(self.data + ".new", self.data)
        return self.data

    def wrap(self, command):
        """The command under threadcheck, and where its report goes."""
        self.reports += 1
        report = os.path.join(self.work, f"report{self.reports}.json")
        return [self.tool, "run", f"--races={self.races}", "--format=json", f"--output={report}", "--"] + command, report


class Outcome:
    """What one run gave."""

    def __init__(self):
        self.status, self.output, self.files, self.seconds, self.rate = 0, b"", {}, 0.0, 0.0


def findings(report):
    """The findings at warning or error, or a reason why there is no report."""
    try:
        with open(report) as text:
            document = json.load(text)
    except (OSError, ValueError) as error:
        return [f"no report: {error}"]
    shown = [f"{f['kind']}: {f['title']}" for f in document["findings"] if f["severity"] != "info"]
    if document["lost_events"]:
        shown.append(f"{document['lost_events']} events lost")
    return shown


def clean(output):
    """Output without what differs between any two runs."""
    output = re.sub(rb"in \d+\.\d+s|\d+\.\d+ ?(sec|s|min)\b|\(\d+\.\d+s\)", b"TIME", output)
    return re.sub(rb"[Rr]andom seed.*|0x[0-9a-f]+|\d:\d\d:\d\d load avg: [\d.]+", b"", output)


def run_command(bench, case, traced):
    """One run of a case that is a command."""
    outcome = Outcome()
    directory = tempfile.mkdtemp(dir=bench.work)
    try:
        command, environment = case.command(bench, directory)
        report = None
        if traced:
            command, report = bench.wrap(command)
        begin = time.monotonic()
        run = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=case.limit,
                             env=dict(os.environ, **environment))
        outcome.seconds = time.monotonic() - begin
        outcome.status, outcome.output = run.returncode, clean(run.stdout)
        outcome.error = run.stderr[-1500:]
        for name in case.compared(directory):
            with open(os.path.join(directory, name), "rb") as content:
                outcome.files[name] = hashlib.sha256(content.read()).hexdigest()
        return outcome, findings(report) if report else []
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, limit):
    end = time.monotonic() + limit
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nobody listens on port {port}")


def run_server(bench, case, traced):
    """One run of a case that is a server under load."""
    outcome = Outcome()
    directory, port, report = tempfile.mkdtemp(dir=bench.work), free_port(), None
    command = case.command(bench, directory, port)
    if traced:
        command, report = bench.wrap(command)
    server = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, server, 30)
        begin = time.monotonic()
        outcome.rate, outcome.output = case.load(bench, port)
        outcome.seconds = time.monotonic() - begin
        case.stop(bench, port)
        outcome.status = server.wait(60)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        shutil.rmtree(directory, ignore_errors=True)
    return outcome, findings(report) if report else []


def compare(case, bench, rounds):
    """Runs a case alone and traced, in turns: (verdict, ratio, what is wrong)."""
    run = run_server if isinstance(case, cases.Server) else run_command
    wrong, ratios = [], []
    for _ in range(rounds):
        alone, _nothing = run(bench, case, False)
        traced, found = run(bench, case, True)
        wrong += [f for f in found if not case.true or not f.startswith(case.true)]
        if alone.status != traced.status and not (case.true and found and traced.status == FOUND):
            wrong.append(f"status {traced.status} instead of {alone.status}: {traced.__dict__.get('error')}")
        if alone.output != traced.output:
            wrong.append(f"output differs: {traced.output[-300:]!r} instead of {alone.output[-300:]!r}")
        if alone.files != traced.files:
            wrong.append(f"files differ: {traced.files} instead of {alone.files}")
        ratios.append(traced.rate / alone.rate if alone.rate else traced.seconds / alone.seconds)
    ratios.sort()
    return ratios[len(ratios) // 2], sorted(set(wrong))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", type=os.path.abspath, required=True)
    parser.add_argument("--work", type=os.path.abspath)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--races", choices=["off", "sample", "full"], default="off")
    parser.add_argument("--data", type=int, default=100, help="MB for the compressors")
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="threadcheck-real-")
    os.makedirs(work, exist_ok=True)
    bench = Bench(options.prefix, work, options.races, options.data * 1_000_000)
    rows, good = [], True
    everything = [(case, compare) for case in cases.ALL] + [(case, harsh.run) for case in harsh.ALL]
    for case, how in everything:
        if options.patterns and not any(re.search(p, case.name) for p in options.patterns):
            continue
        missing = case.missing()
        if missing:
            rows.append((case.name, f"skipped: no {missing}", ""))
            continue
        print(f"{case.name} ...", flush=True)
        try:
            ratio, wrong = how(case, bench, options.rounds)
        except (RuntimeError, subprocess.SubprocessError) as error:
            ratio, wrong = 0, [str(error)]
        for line in wrong:
            print(f"  FAIL {line}", flush=True)
        good = good and not wrong
        note = f"{ratio:.2f} of throughput" if isinstance(case, cases.Server) else f"{ratio:.2f} x time"
        rows.append((case.name, "FAIL" if wrong else "ok", note if ratio else ""))
    if not options.work:
        shutil.rmtree(work, ignore_errors=True)
    for row in rows:
        print("%-28s %-30s %s" % row)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
