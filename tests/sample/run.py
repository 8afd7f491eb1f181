#!/usr/bin/env python3
"""Programs that --races=sample must leave alone: forks, exec, signals of their own, many threads, no
watchpoints to be had, a debugger.

usage: run.py THREADCHECK GUEST PLUGIN RACY SANDBOX [NAME...]

Each case of guest.c runs alone and by `threadcheck run --races=sample`: output and exit status must be
the same and nothing may be found.  Where the kernel refuses, there is one line on stderr and no more.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

LIMIT = 120
REFUSED = "data races are not sampled"


class Failure(Exception):
    pass


def run(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=LIMIT, universal_newlines=True, errors="replace", **more)


def expect(what, condition):
    if not condition:
        raise Failure(what)


def told(text):
    """The shim's lines on stderr."""
    return [line for line in text.splitlines() if line]


class Suite:
    def __init__(self, tool, guest, plugin, racy, sandbox):
        self.tool, self.guest, self.plugin, self.racy, self.sandbox = tool, guest, plugin, racy, sandbox
        self.shim = os.path.join(os.path.dirname(os.path.dirname(tool)), "lib", "libthreadcheck.so")
        probe = self.sampled("computes")
        self.possible = REFUSED not in probe.stderr
        print("watchpoints: " + ("yes" if self.possible else probe.stderr.strip()), flush=True)

    def sampled(self, *arguments, options=""):
        return run([self.tool, "run", "--races=sample", "--", self.guest] + list(arguments),
                   env=dict(os.environ, THREADCHECK_OPTIONS=options))

    def same(self, *arguments, lines=0, options=""):
        """As alone; where watchpoints can be had, with so many lines on stderr."""
        alone, sampled = run([self.guest] + list(arguments)), self.sampled(*arguments, options=options)
        expect(f"{arguments}: status {sampled.returncode} instead of {alone.returncode}: {sampled.stderr}",
               sampled.returncode == alone.returncode)
        expect(f"{arguments}: {sampled.stdout!r} instead of {alone.stdout!r}", sampled.stdout == alone.stdout)
        if self.possible:
            expect(f"{arguments}: says {sampled.stderr!r}", len(told(sampled.stderr)) == lines)
        return sampled

    def refused(self, *arguments, why, lines=1, options=""):
        sampled = self.same(*arguments, lines=lines, options=options)
        if self.possible:
            expect(f"{arguments}: {sampled.stderr!r} does not say {why!r}",
                   REFUSED in sampled.stderr and why in sampled.stderr)


def test_threads(suite):
    for threads in ("1", "8", "64", "1000"):
        suite.same("threads", threads)


def test_forks(suite):
    suite.same("forks")


def test_waits(suite):
    suite.same("waits")


def test_own_traps_before(suite):
    suite.refused("traps", "0", why="handles SIGTRAP itself")


def test_own_traps_after(suite):
    suite.same("traps", "1")


def test_refused(suite):
    for error, why in ((errno.EPERM, "refuses"), (errno.EACCES, "refuses"), (errno.ENOSYS, "no perf_event_open"),
                       (errno.ENOSPC, "in use"), (errno.EOPNOTSUPP, "no hardware watchpoints")):
        suite.refused("refused", str(error), why=why, options="sample_filtered=1")


def test_filtered(suite):
    """Where a seccomp filter is in force nothing is asked for: it may end the process."""
    suite.refused("refused", str(errno.EPERM), why="a seccomp filter")


def test_registers(suite):
    """Somebody else has all of the processor's watchpoints."""
    suite.refused("registers", why="in use")


def test_sandbox(suite):
    """A program whose SIGSYS handler carries out system calls, of all its threads: nothing of the shim's blocks that
    signal, also where the hang watch looks, and nothing asks for watchpoints in the program's name."""
    for when in ("early", "late"):
        alone = run([suite.sandbox, when])
        expect(f"alone: {alone.stdout!r} {alone.stderr!r} {alone.returncode}", alone.returncode == 0)
        for races in ("off", "sample", "full"):
            environment = dict(os.environ, LD_PRELOAD=suite.shim,
                               THREADCHECK_OPTIONS=f"races={races}:hang_timeout=0.2:report=0")
            watched = run([suite.sandbox, when], env=environment)
            expect(f"sandbox {when} {races}: status {watched.returncode}: {watched.stdout!r} {watched.stderr!r}",
                   watched.returncode == 0 and
                   watched.stdout.split(";")[0] == "asked for watchpoints 0 times" and
                   "counted 1" in watched.stdout)


def test_descriptors(suite):
    """Where there is no descriptor for a trace either, another line says that."""
    suite.refused("descriptors", why="no file descriptors left", lines=2)


def test_loads(suite):
    suite.same("loads")


def test_plugins(suite):
    """Code that dlclose takes away while threads are watched in it is not looked at any more."""
    copy = os.path.join(tempfile.mkdtemp(), "libcopy.so")
    shutil.copy(suite.plugin, copy)
    suite.same("plugins", suite.plugin, copy)


def test_brief_threads(suite):
    suite.same("brief", "3000")


def found_in(directory, tool):
    report = run([tool, "analyze", "--format=json", directory])
    expect(f"analyze: {report.returncode} {report.stderr}", report.returncode in (0, 66))
    return [finding for finding in json.loads(report.stdout)["findings"] if finding["kind"] == "data-race"]


def test_loaded_later(suite):
    """A race in code that is loaded once there are threads; also where there is no hang watch."""
    for more in ("", ":hang_timeout=0"):
        directory = tempfile.mkdtemp()
        environment = dict(os.environ, LD_PRELOAD=suite.shim,
                           THREADCHECK_OPTIONS=f"races=sample:report=0:trace={directory}" + more)
        guest = subprocess.Popen([suite.racy, suite.plugin], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                 universal_newlines=True, env=environment)
        deadline, found = time.monotonic() + 100, []
        while suite.possible and not found and time.monotonic() < deadline and guest.poll() is None:
            time.sleep(0.5)
            found = found_in(directory, suite.tool)
        _, errors = guest.communicate(timeout=LIMIT)
        expect(f"status {guest.returncode}: {errors}", guest.returncode == 0)
        if not suite.possible:
            return
        names = [name["name"] for finding in found for name in finding["objects"]]
        expect(f"found {found}", len(found) == 1 and any("plugin_counter" in name for name in names))


def watches_of(pid):
    """How many of the process's descriptors are watchpoints or their clock."""
    folder, count = f"/proc/{pid}/fd", 0
    for fd in os.listdir(folder):
        try:
            count += "perf_event" in os.readlink(os.path.join(folder, fd))
        except FileNotFoundError:
            pass
    return count


def test_switches(suite):
    """Where threads do little but switch there are watches now and then, and none in between, as each costs at a
    switch."""
    environment = dict(os.environ, LD_PRELOAD=suite.shim, THREADCHECK_OPTIONS="races=sample:report=0")
    guest = subprocess.Popen([suite.guest, "switches"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, universal_newlines=True, env=environment)
    deadline, most = time.monotonic() + 60, 0
    while time.monotonic() < deadline and suite.possible:
        now = watches_of(guest.pid)
        most = max(most, now)
        if most and not now:
            break
    output, errors = guest.communicate(timeout=LIMIT)
    expect(f"status {guest.returncode}: {output!r} {errors!r}",
           (guest.returncode, output, errors) == (0, "handed over\n", "") or not suite.possible)
    expect(f"{now} watches left of {most}" if suite.possible else "", not suite.possible or (most and not now))


def test_executes(suite):
    suite.same("executes")


def test_one_thread(suite):
    """A process that stays with one thread asks the kernel for nothing."""
    if not shutil.which("strace"):
        print("skip test_one_thread's strace: not installed")
        return
    environment = dict(os.environ, LD_PRELOAD=suite.shim, THREADCHECK_OPTIONS="races=sample")
    traced = run(["strace", "-f", "-e", "trace=perf_event_open", "-E", "LD_PRELOAD=" + suite.shim, "-E",
                  "THREADCHECK_OPTIONS=races=sample", "/bin/true"], env=dict(os.environ))
    expect(f"strace: {traced.stderr}", traced.returncode == 0 and "perf_event_open(" not in traced.stderr)
    expect("true", run(["/bin/true"], env=environment).stderr == "")


def test_debugger(suite):
    """A debugger stops at its own breakpoints and nowhere else."""
    if not shutil.which("gdb"):
        print("skip test_debugger: gdb is not installed")
        return
    script = ["-ex", "set startup-with-shell off", "-ex", "set breakpoint pending on",
              "-ex", "set environment LD_PRELOAD " + suite.shim,
              "-ex", "set environment THREADCHECK_OPTIONS races=sample:report=0",
              "-ex", "tbreak count_for", "-ex", "run", "-ex", "continue"]
    debugged = run(["gdb", "-q", "-nx", "-batch"] + script + ["--args", suite.guest, "computes"])
    expect(f"gdb: {debugged.stdout} {debugged.stderr}",
           "SIGTRAP" not in debugged.stdout and "exited normally" in debugged.stdout and
           "computed" in debugged.stdout and "emporary breakpoint 1, " in debugged.stdout)


def main():
    suite = Suite(*(os.path.abspath(path) for path in sys.argv[1:6]))
    good = True
    for name, test in sorted(globals().items()):
        if not name.startswith("test_") or (sys.argv[6:] and name not in sys.argv[6:]):
            continue
        try:
            test(suite)
            print(f"ok   {name}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as error:
            good = False
            print(f"FAIL {name}: {error}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tc-sample-") as directory:
        os.environ["TMPDIR"] = directory
        sys.exit(main())
