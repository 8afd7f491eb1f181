"""harsh.py: runs that go wrong, or are very large: killed, without disk, many threads and locks."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time


class Harsh:
    """A check with a name; `check(bench)` gives a ratio (0: none) and what is wrong."""

    def __init__(self, name, check, program=None):
        self.name, self.check, self.program = name, check, program

    def missing(self):
        return self.program if self.program and not shutil.which(self.program) else None


def run(case, bench, rounds):
    del rounds
    return case.check(bench)


def program(bench, name, *flags):
    """A program of the corpus, or of this folder."""
    corpus = os.path.join(bench.here, "..", "programs", name)
    return bench.compile(corpus if os.path.exists(corpus) else name, *flags)


def analyze(bench, directory):
    """(status, report) of `analyze` over the traces of a directory."""
    answer = subprocess.run([bench.tool, "analyze", "--format=json", directory], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=300, text=True)
    try:
        return answer.returncode, json.loads(answer.stdout), answer.stderr
    except ValueError:
        return answer.returncode, None, answer.stderr


def preloaded(bench, directory):
    return dict(os.environ, LD_PRELOAD=bench.shim, THREADCHECK_OPTIONS=f"trace={directory}:report=0")


def killed(bench):
    """SIGKILL at a dozen moments: every trace analyses, and nothing wrong is said of it."""
    binary, wrong = bench.compile("cpp_mix.cc"), []
    for milliseconds in (1, 2, 5, 10, 15, 20, 30, 50, 80, 120, 200, 300):
        with tempfile.TemporaryDirectory(dir=bench.work) as directory:
            process = subprocess.Popen([binary], env=preloaded(bench, directory), stdout=subprocess.DEVNULL)
            time.sleep(milliseconds / 1000)
            process.kill()
            process.wait()
            if not os.listdir(directory):
                continue
            status, report, error = analyze(bench, directory)
            shown = [f["kind"] for f in report["findings"] if f["severity"] != "info"] if report else None
            if status != 0 or report is None or shown or report["lost_events"]:
                wrong.append(f"killed after {milliseconds} ms: status {status}, {shown}, {error[-300:]}")
    return 0, wrong


def killed_inversion(bench):
    """What had happened before the kill is found."""
    binary = program(bench, "killed_kill.c")
    with tempfile.TemporaryDirectory(dir=bench.work) as directory:
        status = subprocess.run([binary], env=preloaded(bench, directory)).returncode
        _, report, error = analyze(bench, directory)
        kinds = [f["kind"] for f in report["findings"]] if report else error
        if status != -signal.SIGKILL or kinds != ["lock-order-inversion"]:
            return 0, [f"status {status}, {kinds}"]
    return 0, []


def full_disk(bench):
    """A trace directory of 256 kB: the program goes on, and the report says how much is missing."""
    binary = bench.compile("cpp_mix.cc")
    alone = subprocess.run([binary], stdout=subprocess.PIPE).stdout
    directory = tempfile.mkdtemp(dir=bench.work)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", directory],
                      stderr=subprocess.DEVNULL).returncode:
        return 0, []  # not allowed here
    try:
        answer = subprocess.run([binary], env=preloaded(bench, directory), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        if answer.returncode or answer.stdout != alone:
            return 0, [f"the program: status {answer.returncode}, {answer.stdout!r}, {answer.stderr!r}"]
        status, report, error = analyze(bench, directory)
        if report is None or status != 0:
            return 0, [f"analyze: status {status}: {error[-300:]}"]
        wrong = [] if report["complete"] is False else [f"complete {report['complete']}"]
        text = subprocess.run([bench.tool, "analyze", directory], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True).stdout
        if "no more space for the trace" not in text:
            wrong.append(f"the text does not say that the disk was full: {text[-300:]}")
        return 0, wrong
    finally:
        subprocess.run(["umount", directory])


def large(name):
    """A large program of the corpus: silent, complete, and the time it takes."""
    def check(bench):
        binary = program(bench, name)
        begin = time.monotonic()
        subprocess.run([binary], stdout=subprocess.DEVNULL, timeout=300)
        alone = time.monotonic() - begin
        with tempfile.TemporaryDirectory(dir=bench.work) as directory:
            begin = time.monotonic()
            status = subprocess.run([binary], env=preloaded(bench, directory), stdout=subprocess.DEVNULL,
                                    timeout=300).returncode
            recorded = time.monotonic() - begin
            begin = time.monotonic()
            judged, report, error = analyze(bench, directory)
            analyzed = time.monotonic() - begin
        print(f"  {alone:.2f} s alone, {recorded:.2f} s recorded, {analyzed:.2f} s to analyse")
        shown = [f["kind"] for f in report["findings"] if f["severity"] != "info"] if report else error
        good = status == 0 and judged == 0 and not shown and report["lost_events"] == 0
        return recorded / alone, [] if good else [f"status {status}, {judged}, {shown}"]
    return check


def stable_ids(bench):
    """Five runs with another lay-out each: one id for one cause, two for two."""
    binary, seen = program(bench, "inversion_two_causes.c"), set()
    for _ in range(5):
        report = os.path.join(bench.work, "ids.json")
        subprocess.run([bench.tool, "run", "--format=json", f"--output={report}", "--", binary])
        with open(report) as text:
            seen.add(tuple(sorted(f["id"] for f in json.load(text)["findings"])))
    good = len(seen) == 1 and len(set(next(iter(seen)))) == 2
    return 0, [] if good else [f"ids {seen}"]


ALL = [
    Harsh("killed at any time", killed, "g++"),
    Harsh("killed after an inversion", killed_inversion, "gcc"),
    Harsh("trace on a full disk", full_disk, "g++"),
    Harsh("10,000 threads", large("threads_10000_ok.c"), "gcc"),
    Harsh("1,000 threads at once", large("threads_1000_ok.c"), "gcc"),
    Harsh("200 locks held", large("held_200_ok.c"), "gcc"),
    Harsh("1,000,000 mutexes", large("million_mutexes_ok.c"), "gcc"),
    Harsh("ids from run to run", stable_ids, "gcc"),
]
