#!/usr/bin/env python3
"""What watching unmodified programs for data races costs, beside the tools that there are.

    ./bazelw run -c opt //bench:race_speed [-- [--prefix=DIR] [--runs=N] [--ways=WAY,...] [ROW...]]

DIR is an installation, else the one that Bazel built.  Each row is one program with one input; each
column a way to run it: threadcheck's races=full on the plain binary, Helgrind and DRD on the same,
and gcc's and clang's ThreadSanitizer on a binary that each builds (programs of this folder only).
Shown is the CPU time divided by that of the native binary of the same compiler, runs interleaved, all on one processor,
the least of N (Valgrind's tools: of one); at the end the geometric mean, peak memory of 100 MB of
heap, and what rewriting all functions of cc1 takes.
"""

import argparse
import glob
import math
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Row: the program's argument; Helgrind is slow, so that inputs are small.
OURS = {"matmul": "2", "hash_map": "500000", "byte_loop": "20", "recursion": "600"}
TOOLS = {"pbzip2": (["pbzip2", "-kcp2", "-9"], "default"), "pbzip2 + libbz2": (["pbzip2", "-kcp2", "-9"], "exe,libbz2*"),
         "xz": (["xz", "-kcT2", "-3", "--block-size=1MiB"], "default"),
         "xz + liblzma": (["xz", "-kcT2", "-3", "--block-size=1MiB"], "exe,liblzma*")}
WAYS = ["threadcheck", "helgrind", "drd", "tsan gcc", "tsan clang"]
SLOW = ("helgrind", "drd")
TSAN = {"TSAN_OPTIONS": "report_bugs=0"}


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.shim = os.path.join(options.prefix, "lib/libthreadcheck.so")
        self.cpu = min(os.sched_getaffinity(0))

    def cost(self, command, environment=None):
        """CPU seconds, and the peak of resident memory in kB."""
        process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                   preexec_fn=lambda: os.sched_setaffinity(0, {self.cpu}))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        if status:
            raise SystemExit(f"{command}: status {status}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def build(self, compiler, name, *flags):
        if not shutil.which(compiler):
            return None
        binary = os.path.join(self.directory, "-".join([name, compiler, *flags]))
        if not os.path.exists(binary):
            subprocess.run([compiler, "-O2", "-g", "-pthread", *flags, os.path.join(HERE, name + ".c"), "-o", binary],
                           check=True)
        return binary

    def ours(self, modules="default", preload=""):
        return {"LD_PRELOAD": preload + self.shim, "THREADCHECK_OPTIONS":
                f"races=full:races_modules={modules}:report=0:trace={self.directory}/traces"}

    def ways(self, row):
        """name: (command, environment, what it is compared with)"""
        if row in TOOLS:
            command, modules = TOOLS[row]
            if not shutil.which(command[0]):
                return {}
            command = [shutil.which(command[0]), *command[1:], self.text()]
            table = {"native": (command, None, None)}
            gcc = command
        else:
            name, argument = row, OURS.get(row)
            more, modules = [argument] if argument else [], "default"
            gcc = [self.build("gcc", name), *more]
            table = {"native": (gcc, None, None)}
            table["tsan gcc"] = (["setarch", "-R", self.build("gcc", name, "-fsanitize=thread"), *more], TSAN, "native")
            if self.build("clang", name):
                table["native clang"] = ([self.build("clang", name), *more], None, None)
                table["tsan clang"] = (["setarch", "-R", self.build("clang", name, "-fsanitize=thread"), *more], TSAN,
                                       "native clang")
        table["threadcheck"] = (gcc, self.ours(modules), "native")
        if shutil.which("valgrind") and "+" not in row: # the same for its tools
            for tool in SLOW:
                table[tool] = (["valgrind", "-q", "--tool=" + tool, *gcc], None, "native")
        return {way: what for way, what in table.items() if not what[2] or way in self.options.ways}

    def text(self):
        """2 MB of what the system's own headers say."""
        path = os.path.join(self.directory, "text")
        if not os.path.exists(path):
            data = b""
            for name in sorted(glob.glob("/usr/include/*.h") + glob.glob("/usr/include/*/*.h")):
                with open(name, "rb") as header:
                    data += header.read()
                if len(data) > 2 << 20:
                    break
            with open(path, "wb") as out:
                out.write(data[:2 << 20])
        return path

    def measure(self, row):
        """way: (CPU, memory), each against native."""
        table, least = self.ways(row), {}
        for run in range(self.options.runs):
            for way, (command, environment, _) in table.items():
                if way in SLOW and run:
                    continue
                seconds, memory = self.cost(command, environment)
                old = least.get(way, (math.inf, math.inf))
                least[way] = (min(old[0], seconds), min(old[1], memory))
            shutil.rmtree(self.directory + "/traces", ignore_errors=True)
        return {way: (least[way][0] / least[base][0], least[way][1] / least[base][1])
                for way, (_, _, base) in table.items() if base}

    def startup(self):
        """CPU seconds that a compiler with 45,000 functions takes more when a thread is made in it."""
        found = subprocess.run(["gcc", "-print-prog-name=cc1"], stdout=subprocess.PIPE, text=True, check=True)
        compiler, source = found.stdout.strip(), os.path.join(self.directory, "empty.c")
        thread = os.path.join(self.directory, "thread.so")
        with open(source, "w") as empty:
            empty.write("int nothing;\n")
        with open(source[:-7] + "thread.c", "w") as text:
            text.write("#include <pthread.h>\nstatic void *run(void *arg) { return arg; }\n"
                       "__attribute__((constructor)) static void make(void) {\n    pthread_t thread;\n"
                       "    pthread_create(&thread, 0, run, 0);\n    pthread_join(thread, 0);\n}\n")
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", source[:-7] + "thread.c", "-o", thread], check=True)
        command = [compiler, "-quiet", source, "-o", "/dev/null"]
        native = min(self.cost(command)[0] for _ in range(self.options.runs))
        watched = min(self.cost(command, self.ours("exe", thread + ":"))[0] for _ in range(self.options.runs))
        return watched - native


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", default=os.path.join(HERE, "../../stage"), type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ways", type=lambda text: text.split(","), default=WAYS)
    parser.add_argument("rows", nargs="*", default=list(OURS) + list(TOOLS) + ["big_heap", "startup"])
    options = parser.parse_args()
    means = {}
    with tempfile.TemporaryDirectory(prefix="threadcheck-bench-") as directory:
        bench = Bench(options, directory)
        print(f"{'CPU x native':16}" + "".join(f"{way:>13}" for way in options.ways), flush=True)
        for row in options.rows:
            if row == "startup":
                print(f"cc1, all functions rewritten: {bench.startup():.2f} s", flush=True)
                continue
            ratios = bench.measure(row)
            part = 1 if row == "big_heap" else 0
            shown = [f"{ratios[way][part]:13.2f}" if way in ratios else f"{'-':>13}" for way in options.ways]
            print(f"{'memory, 100 MB' if part else row:16}" + "".join(shown), flush=True)
            for way, values in ratios.items():
                if not part:
                    means.setdefault(way, {})[row] = values[0]
    for way in options.ways:
        values = means.get(way, {})
        if values:
            mean = math.exp(sum(map(math.log, values.values())) / len(values))
            print(f"geometric mean of {len(values)}: {way} {mean:.2f}")


if __name__ == "__main__":
    main()
