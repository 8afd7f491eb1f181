#!/usr/bin/env python3
"""Real programs under --races=full (or another): output, exit status and files must stay as they are alone.

usage: survival.py --prefix=DIR [--races=off|sample|full] [--modules=PATTERNS] [--work=DIR] [--keep-threads] [--bisect]
                   [PATTERN...]

Programs come from survival_cases.py, each a shell command; what is not installed is named and
skipped.  A thread is made in every program before its main (one_thread.c), so that all of them are
rewritten, single-threaded ones, too; --keep-threads leaves that away.  With --bisect a case that
fails is run again with fewer functions rewritten (races_max_functions) until the one that does it is
found.  Races that are found are listed and are no failures: this is about what the programs do.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import survival_cases

HERE = os.path.dirname(os.path.abspath(__file__))
FOUND = 66  # exit status of `threadcheck run` when a finding stands
LIMIT = 300


def clean(output):
    """Output without what differs between any two runs."""
    output = re.sub(rb"\d+[.,]\d+ ?(sec|seconds|s|ms|min)\b|\d\d:\d\d:\d\d(\.\d+)?", b"TIME", output)
    return re.sub(rb"0x[0-9a-f]{6,}|(pid|PID)[ =:]*\d+|/tmp/\S+", b"", output)


class Suite:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.tool = options.prefix + "/bin/threadcheck"
        self.thread = os.path.join(work, "one_thread.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", os.path.join(HERE, "one_thread.c"), "-o",
                        self.thread, "-pthread", "-ldl"], check=True)
        survival_cases.prepare(work)

    def run(self, case, traced, functions=0):
        """(status, output, files), and the report's findings."""
        directory = tempfile.mkdtemp(dir=self.work)
        report = os.path.join(self.work, "report.json")
        if os.path.exists(report):
            os.unlink(report)
        environment = dict(os.environ, DATA=os.path.join(self.work, "data"), LC_ALL="C.UTF-8",
                           HOME=directory)
        environment.setdefault("RUSTUP_HOME", os.path.expanduser("~/.rustup"))
        command = ["sh", "-c", case.command]
        if traced:
            shim = {"races_modules": self.options.modules, "races_max_functions": functions or ""}
            environment["THREADCHECK_OPTIONS"] = ":".join(f"{k}={v}" for k, v in shim.items() if v)
            if not self.options.keep_threads:
                environment["LD_PRELOAD"] = self.thread
            command = [self.tool, "run", f"--races={self.options.races}", "--format=json", f"--output={report}", "--"] + command
        begin = time.monotonic()
        try:
            run = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=LIMIT, env=environment)
            files = {}
            for name in case.files:
                path = os.path.join(directory, name)
                files[name] = hashlib.sha256(open(path, "rb").read()).hexdigest() if os.path.exists(path) else None
            result = (run.returncode, clean(run.stdout), files)
            error = run.stderr
        except subprocess.TimeoutExpired:
            result, error = ("timeout", b"", {}), b""
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        return result, error, self.findings(report), time.monotonic() - begin

    def findings(self, report):
        try:
            with open(report) as text:
                return [f"{f['kind']} ({f['severity']}): {f['title']}" for f in json.load(text)["findings"]
                        if f["severity"] != "info"]
        except (OSError, ValueError, KeyError):
            return []

    def same(self, alone, traced, found):
        status = alone[0]
        if found and traced[0] == FOUND and isinstance(status, int):
            status = FOUND
        if isinstance(status, int) and status < 0:
            status = 128 - status
        return (status, alone[1], alone[2]) == traced

    def bisect(self, case, alone):
        """The number of functions with which it goes wrong for the first time."""
        good, bad = 0, 1
        while bad < 1 << 17 and self.passes(case, alone, bad):
            good, bad = bad, bad * 2
        while bad - good > 1:
            middle = (good + bad) // 2
            if self.passes(case, alone, middle):
                good = middle
            else:
                bad = middle
        return bad

    def passes(self, case, alone, functions):
        traced, _error, found, _seconds = self.run(case, True, functions)
        return self.same(alone, traced, found)

    def examine(self, case):
        alone, _error, _none, alone_seconds = self.run(case, False)
        traced, error, found, seconds = self.run(case, True)
        good = self.same(alone, traced, found)
        print(f"{'ok  ' if good else 'FAIL'} {case.name} ({alone_seconds:.1f} s, {seconds:.1f} s)", flush=True)
        for line in found:
            print(f"     found {line}")
        if good:
            return True
        print(f"     status {traced[0]} instead of {alone[0]}; output {'same' if traced[1] == alone[1] else 'differs'}; "
              f"files {'same' if traced[2] == alone[2] else 'differ'}")
        print("     stderr: " + repr(error[-700:]))
        if traced[1] != alone[1]:
            print("     stdout: " + repr(traced[1][-200:]) + " instead of " + repr(alone[1][-200:]))
        if self.options.bisect:
            print(f"     goes wrong with races_max_functions={self.bisect(case, alone)}", flush=True)
        return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", type=os.path.abspath, required=True)
    parser.add_argument("--races", choices=["off", "sample", "full"], default="full")
    parser.add_argument("--modules", default="")
    parser.add_argument("--work", type=os.path.abspath)
    parser.add_argument("--keep-threads", action="store_true")
    parser.add_argument("--bisect", action="store_true")
    parser.add_argument("patterns", nargs="*")
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="threadcheck-survival-")
    os.makedirs(work, exist_ok=True)
    os.chmod(work, 0o755)  # some programs insist on another user
    suite = Suite(options, work)
    skipped, failed, count = [], [], 0
    for case in survival_cases.ALL:
        if options.patterns and not any(re.search(p, case.name) for p in options.patterns):
            continue
        missing = case.missing()
        if missing:
            skipped.append(f"{case.name} (no {missing})")
            continue
        count += 1
        if not suite.examine(case):
            failed.append(case.name)
    if not options.work:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{count - len(failed)} of {count} programs as alone" + (f"; not: {', '.join(failed)}" if failed else ""))
    if skipped:
        print("skipped as not installed: " + ", ".join(skipped))
    return 0 if not failed else 1


if __name__ == "__main__":
    sys.exit(main())
