"""The variants that are compared, and running a command under one of them."""

import os
import shutil
import subprocess
import time

HERE = os.getcwd()
STAGE = os.path.join(HERE, "stage")
SHIM = f"{STAGE}/lib/libthreadcheck.so"
TOOL = f"{STAGE}/bin/threadcheck"
LIMIT = 120  # seconds for any one run


class Bench:
    """What all measurements share."""

    def __init__(self, options, directory):
        self.quick, self.runs, self.peers = options.quick, options.runs, not (options.no_peers or options.quick)
        self.directory = directory
        self.traces = os.path.join(directory, "traces")
        os.mkdir(self.traces)
        os.chmod(directory, 0o755)
        os.chmod(self.traces, 0o777)  # a server may become another user

    def compile(self, source, name, *flags, compiler="gcc"):
        """A binary of one of our sources, or None when that compiler cannot make it."""
        binary = os.path.join(self.directory, name)
        if os.path.exists(binary):
            return binary
        if not shutil.which(compiler):
            return None
        done = subprocess.run([compiler, "-O2", "-g", *flags, os.path.join(HERE, "bench", source), "-o",
                               binary, "-pthread"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return binary if done.returncode == 0 else None

    def recorded(self, **options):
        """The environment in which a program is recorded, and nothing is analysed."""
        given = {"report": 0, "trace": self.traces, **options}
        return dict(os.environ, LD_PRELOAD=SHIM,
                    THREADCHECK_OPTIONS=":".join(f"{key}={value}" for key, value in given.items()))

    def take_traces(self):
        """Their size on disk; they are removed."""
        size = 0
        for name in os.listdir(self.traces):
            path = os.path.join(self.traces, name)
            size += os.stat(path).st_blocks * 512
            os.remove(path)
        return size


class Outcome:
    def __init__(self, output, seconds, processor, peak):
        self.output, self.seconds, self.processor, self.peak = output, seconds, processor, peak


def run(command, environment=None, directory=None):
    """The outcome of a command, with the processor time and the peak memory (kB) of its processes;
    None when it failed or took too long."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env=environment, cwd=directory, text=True)
    try:
        output, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
    spent = time.monotonic() - begin
    if process.returncode != 0:
        return None
    return Outcome(output, spent, None, None)


def run_alone(command, environment=None, directory=None):
    """The same through wait4, so that the figures are of this command alone."""
    begin = time.monotonic()
    with open(os.devnull) as nothing, open(os.devnull, "w") as away:
        process = subprocess.Popen(command, stdin=nothing, stdout=away, stderr=away, env=environment,
                                   cwd=directory)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.monotonic() - begin
    if process.returncode != 0:
        return None
    return Outcome("", spent, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def table(columns, rows):
    """Markdown, the numbers to the right."""
    lines = ["| " + " | ".join(columns) + " |",
             "| --- |" + " ---: |" * (len(columns) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def ratio(value, native):
    if value is None or not native:
        return "-"
    number = value / native
    return f"{number:.2f}" if number < 10 else f"{number:.0f}"
