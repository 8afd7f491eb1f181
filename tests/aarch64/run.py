#!/usr/bin/env python3
"""The shim on AArch64: compiled by the cross compiler, run by qemu's user mode, judged by this machine's command.

usage: run.py TOOL SHIM      from the workspace; TOOL and SHIM are this machine's

All sources are compiled as Bazel does, without a warning.  Each program is run on both processors:
what is found must be what its first lines expect, and be the same on both, functions and lines of all
stacks included.  What AArch64 cannot do is said in one line.
"""

import concurrent.futures
import glob
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

TOOL, SHIM = (os.path.abspath(path) for path in sys.argv[1:3])
PREFIX = "aarch64-linux-gnu-"
FLAGS = """-std=gnu11 -D_GNU_SOURCE -O2 -fPIC -Wall -Wextra -Werror -Wno-unused-result -fvisibility=hidden
    -fno-omit-frame-pointer -ftls-model=initial-exec -fno-stack-protector -U_FORTIFY_SOURCE -Iinclude -I.""".split()
SHADOW = "-DTC_SHADOW_BITS=30"  # qemu keeps notes of each page of a mapping: 64 TB are too much for it
LINK = """-shared -fuse-ld=bfd -Wl,--as-needed -Wl,--no-undefined -Wl,-soname,libtsan.so.2 -Wl,-z,now
    -Wl,--version-script=preload/exports_aarch64.map -ldl -lpthread""".split()
SECONDS = 100
WORK = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
ARM_SHIM = os.path.join(WORK, "libthreadcheck.so")

PROGRAMS = """
    inversion_two inversion_two_ok inversion_three deadlock_two deadlock_two_ok
    double_unlock double_unlock_ok wait_unlocked wait_unlocked_ok
    rwlock_order rwlock_order_ok semaphore_locks semaphore_locks_ok c11_order
    signal_lock handler_longjmp_ok cancel_holding cancel_wait_ok
    cpp_order cpp_order_ok cpp_future_ok cpp_static_order""".split()
COMPILED = "counter counter_ok atomic_sync_ok bytes".split()  # races, with -fsanitize=thread
CORES = os.cpu_count() or 1

spec = importlib.util.spec_from_file_location("programs", "tests/programs/run.py")
programs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(programs)


def run(command, **environment):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace", timeout=SECONDS, env=dict(os.environ, **environment))


def must_run(command):
    done = run(command)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stderr


def compile_shim(pool):
    sources = sorted(path for folder in ("preload", "preload/race", "python") for path in glob.glob(folder + "/*.c"))
    sources = [s for s in sources if not s.startswith(("preload/race/near", "preload/race/sample"))]
    if len(sources) < 80:
        sys.exit(f"only {len(sources)} sources of the shim")
    objects = [os.path.join(WORK, source.replace("/", "_") + ".o") for source in sources]
    list(pool.map(lambda pair: must_run([PREFIX + "gcc", *FLAGS, SHADOW, "-c", pair[0], "-o", pair[1]]),
                  zip(sources, objects)))
    must_run([PREFIX + "gcc", "-o", ARM_SHIM, *objects, *LINK])


def compile_program(prefix, source, *flags):
    compiler = [prefix + "g++", "-std=c++20"] if source.endswith(".cc") else [prefix + "gcc"]
    binary = os.path.join(WORK, (prefix or "host-") + os.path.basename(source).rsplit(".", 1)[0] + "".join(flags))
    must_run([*compiler, "-O1", "-g", *flags, "-Iinclude", "-I.", source, "-o", binary, "-lpthread", "-ldl"])
    return binary


def execute(binary, arm, trace=None, options=""):
    """One run, recorded when there is a folder for the trace."""
    settings = f"trace={trace}:report=0:on_deadlock=abort{options}"
    if not arm:
        return run([binary], **({"LD_PRELOAD": SHIM, "THREADCHECK_OPTIONS": settings} if trace else {}))
    shim = ["-E", f"LD_PRELOAD={ARM_SHIM}", "-E", f"THREADCHECK_OPTIONS={settings}"] if trace else []
    return run(["qemu-aarch64", *shim, binary], QEMU_LD_PREFIX="/usr/aarch64-linux-gnu")


def findings(trace):
    """The findings that are shown: kind and title, with function and line of every frame in a source of ours."""
    done = run([TOOL, "analyze", "--format=json", trace])
    found = []
    for finding in json.loads(done.stdout)["findings"]:
        places = {(stack["what"], frame["function"], frame["line"]) for thread in finding["threads"]
                  for stack in thread["stacks"] for frame in stack["frames"]
                  if "tests/" in str(frame.get("file")) and frame.get("line")}
        found.append((finding["kind"], finding["title"], sorted(places)))
    return sorted(found)


def compare(name):
    """What is wrong with one program."""
    source = (glob.glob(f"tests/programs/{name}.c") + glob.glob(f"tests/programs/{name}.cc"))[0]
    program = programs.Program(source, source, "")
    bad, found = [], {}
    for arm in (False, True):
        binary = compile_program(PREFIX if arm else "", source)
        trace = os.path.join(WORK, f"{name}-{arm}")
        done = execute(binary, arm, trace)
        if not program.hangs and done.returncode != program.status:
            bad.append(f"status {done.returncode} instead of {program.status}: {done.stderr}")
        if not program.hangs and arm and done.stdout != execute(binary, arm).stdout:
            bad.append(f"says {done.stdout}")
        found[arm] = findings(trace) if os.path.isdir(trace) and os.listdir(trace) else []
    kinds = {kind for kind, _, _ in found[True]}
    if not program.kinds <= kinds <= program.kinds | program.also:
        bad.append(f"found {sorted(kinds)} instead of {sorted(program.kinds)}")
    if found[True] != found[False]:
        bad.append(f"not as on this machine:\n  {found[True]}\n  {found[False]}")
    if any(not places for _, _, places in found[True]):
        bad.append("a finding without a line of the program")
    return bad


def compare_compiled(name):
    """The same for a program that was built with -fsanitize=thread."""
    source = f"tests/races/{name}.c"
    trace = os.path.join(WORK, name)
    done = execute(compile_program(PREFIX, source, "-fsanitize=thread"), True, trace, ":races=full")
    found = findings(trace)
    with open(source) as text:
        racy = "expect: none" not in text.readline()
    bad = [f"status {done.returncode}: {done.stderr}"] if done.returncode or done.stderr else []
    if [kind for kind, _, _ in found] != ["data-race"] * racy or any(not places for _, _, places in found):
        bad.append(f"found {found}")
    return bad


def refused(name):
    """What cannot be done is said once, by the program that has threads."""
    mode, word = name.split(": ")
    binary = compile_program(PREFIX, "tests/programs/inversion_two_ok.c", "-O0" if mode == "full" else "-O3")
    done = execute(binary, True, os.path.join(WORK, "refused-" + mode), f":races={mode}")
    lines = done.stderr.splitlines()
    return [] if done.returncode == 0 and len(lines) == 1 and word in lines[0] else [f"{done.returncode}: {lines}"]


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        compile_shim(pool)
        for check, names in ((compare, PROGRAMS), (compare_compiled, COMPILED),
                             (refused, ("full: -fsanitize=thread", "sample: x86-64"))):
            for name, bad in zip(names, pool.map(check, names)):
                failed += bool(bad)
                for line in bad:
                    print(f"{name}: {line}")
    print(f"{failed} failed")
    return failed != 0


sys.exit(main())
