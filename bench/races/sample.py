#!/usr/bin/env python3
"""What --races=sample costs: processor time against --races=off, run by run in turns.

usage: sample.py --prefix=DIR [--pairs=N] [--seconds=S] [ROW...]

DIR is an installation.  Each pair is a run with either, in alternating order, and gives a ratio of user and
system time; of these the median stands in the table, with the 95 % interval of the median (by bootstrap).  Of
servers it is their own time, not that of the program that loads them.  What is not installed is skipped.
"""

import argparse
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOAD = os.path.join(HERE, "..", "..", "tests", "real", "memcached_load.c")
PYTHON = """
import threading
def work(n):
    d = {}
    for i in range(n):
        d[i % 1000] = d.get(i % 1000, 0) + i
    return d
def main():
    threads = [threading.Thread(target=work, args=(400000,)) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
main()
"""


class Programs:
    """Each row: a function that runs the program once with an environment, and returns its processor time and what
    sampling said that it did."""

    def __init__(self, directory):
        self.directory = directory
        self.port = 21000 + os.getpid() % 10000  # below what clients get
        self.switching = self.build(os.path.join(HERE, "switching.c"))
        self.matmul = self.build(os.path.join(HERE, "matmul.c"))
        self.load = self.build(LOAD)
        self.file = os.path.join(directory, "data")
        words = [bytes(random.Random(i).choices(range(97, 123), k=6)) for i in range(3000)]
        with open(self.file, "wb") as out:
            out.write(b" ".join(random.Random(7).choices(words, k=400000)))
        self.small = self.file + ".small"
        with open(self.file, "rb") as source, open(self.small, "wb") as out:
            out.write(source.read(1000000))

    def build(self, source):
        binary = os.path.join(self.directory, os.path.basename(source)[:-2])
        subprocess.run(["gcc", "-O2", "-g", "-pthread", source, "-o", binary], check=True)
        return binary

    def start(self, command, environment):
        with open(os.path.join(self.directory, "errors"), "wb") as errors:
            return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=errors)

    def command(self, *command):
        return lambda environment: self.ended(self.start(command, environment), 0)

    def ended(self, process, expected):
        _, status, usage = os.wait4(process.pid, 0)
        with open(os.path.join(self.directory, "errors"), errors="replace", encoding="utf-8") as source:
            errors = source.read()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expected:
            raise RuntimeError(f"{process.args}: status {process.returncode}: {errors!r}")
        own = re.search(r"were sampled: (\d+) sessions, which took (\d+) us of (\d+)", errors)
        return usage.ru_utime + usage.ru_stime, own and [int(number) for number in own.groups()]

    def server(self, command, load, expected):
        def run(environment):
            self.port += 1
            port = str(self.port)
            process = self.start([word.replace("PORT", port) for word in command], environment)
            for _ in range(500):
                try:
                    socket.create_connection(("127.0.0.1", self.port)).close()
                    break
                except OSError:
                    time.sleep(0.02)
            else:
                process.kill()
                return self.ended(process, expected)
            subprocess.run([word.replace("PORT", port) for word in load], check=True, stdout=subprocess.DEVNULL)
            process.terminate()
            return self.ended(process, expected)
        return run

    def memcached(self, threads, rounds):
        return self.server(["memcached", "-l", "127.0.0.1", "-p", "PORT", "-U", "0", "-u", "root", "-t", str(threads)],
                           [self.load, "PORT", str(threads), str(rounds)], 0)

    def redis(self):
        return self.server(["redis-server", "--port", "PORT", "--io-threads", "4", "--io-threads-do-reads", "yes",
                            "--save", "", "--dir", self.directory],
                           ["redis-benchmark", "-p", "PORT", "-t", "set,get", "-n", "40000", "-c", "40", "-P", "16",
                            "-q"], 0)

    def rows(self):
        python = shutil.which("python3", path="/usr/bin") or "python3"
        script = os.path.join(self.directory, "threads.py")
        with open(script, "w", encoding="utf-8") as out:
            out.write(PYTHON)
        return {
            "matmul, 2 threads": self.command(self.matmul, "2", "256"),
            "pbzip2 -p2": self.command("pbzip2", "-p2", "-b1", "-k", "-c", self.file),
            "xz -T2 -1": self.command("xz", "-T2", "-1", "--block-size=300000", "-k", "-c", self.file),
            "python3, 4 threads": self.command(python, script),
            "memcached -t 4": self.memcached(4, 700),
            "memcached -t 8": self.memcached(8, 400),
            "memcached -t 8, short": self.memcached(8, 120),
            "redis, io-threads 4": self.redis(),
            "conditions, 0.2 s": self.command("taskset", "-c", "0", self.switching, "condition", "25000"),
            "conditions, 2 s": self.command("taskset", "-c", "0", self.switching, "condition", "250000"),
            "conditions, 2 processors": self.command(self.switching, "condition", "25000"),
            "semaphores, 0.2 s": self.command("taskset", "-c", "0", self.switching, "semaphore", "40000"),
            "semaphores, 2 s": self.command("taskset", "-c", "0", self.switching, "semaphore", "400000"),
            "semaphores, 2 processors": self.command(self.switching, "semaphore", "20000"),
            "pipes, 2 s": self.command("taskset", "-c", "0", self.switching, "pipe", "400000"),
            "64 threads": self.command(self.switching, "threads", "64", "2000"),
            "1000 threads": self.command(self.switching, "threads", "1000", "120"),
            "10,000 threads, one at a time": self.command(self.switching, "churn", "10000"),
        }


def interval(values):
    """95 % of the medians of samples that are drawn anew from these."""
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(2000))
    return medians[50], medians[-51]


def pair(run, prefix, first):
    times = {}
    for mode in (("off", "sample"), ("sample", "off"))[first]:
        with tempfile.TemporaryDirectory() as directory:
            environment = dict(os.environ, LD_PRELOAD=os.path.join(prefix, "lib", "libthreadcheck.so"),
                               THREADCHECK_OPTIONS=f"races={mode}:verbose=1:report=0:trace={directory}")
            times[mode], own = run(environment)
            times["own"] = own or times.get("own")
    return times


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1e9, help="no pair is begun after so long")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    with tempfile.TemporaryDirectory() as directory:
        rows = Programs(directory).rows()
        pairs = {name: [] for name in options.rows or rows}
        for number in range(options.pairs):
            for name in list(pairs):
                if time.monotonic() > end:
                    break
                try:
                    pairs[name].append(pair(rows[name], options.prefix, number & 1))
                except (RuntimeError, subprocess.CalledProcessError) as error:
                    print(f"a pair of {name} is lost: {error}", flush=True)
                except FileNotFoundError as error:
                    print(f"skip {name}: {error}", flush=True)
                    del pairs[name]
    print("| | sample / off | 95 % | least / least | pairs | off takes | by its own account | sessions |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, got in pairs.items():
        if not got:
            continue
        ratios = [one["sample"] / one["off"] for one in got]
        low, high = interval(ratios)
        least = min(one["sample"] for one in got) / min(one["off"] for one in got)
        own = [one["own"] for one in got if one["own"]]
        account = statistics.median(spent / used for _, spent, used in own) if own else float("nan")
        sessions = statistics.median(number for number, _, _ in own) if own else float("nan")
        print(f"| {name} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} | {least:.3f} | {len(got)} | "
              f"{statistics.median(one['off'] for one in got):.2f} s | {account:.2%} | {sessions:.0f} |", flush=True)


if __name__ == "__main__":
    main()
