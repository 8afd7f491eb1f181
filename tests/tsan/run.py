#!/usr/bin/env python3
"""Programs that -fsanitize=thread built, by gcc or by clang, on threadcheck's runtime.

usage: run.py TOOL PART

TOOL is the command `threadcheck` beside whose folder the libraries lie; PART a function below.  The
programs are built here, by the compilers that are installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOL = os.path.abspath(sys.argv[1])
LIBRARY = os.path.join(os.path.dirname(os.path.dirname(TOOL)), "lib/libthreadcheck.so")
FOUND = 66  # exit status when a finding stands
bad = []


def expect(condition, what):
    if not condition:
        bad.append(what)
        print("FAIL", what)


def call(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          timeout=120, **more)


def build(*command):
    done = call(*command)
    if done.returncode:
        sys.exit(" ".join(command) + "\n" + done.stderr)


def run(*command, environment=None, races="full"):
    """A program under the tool: how it ended, and its findings."""
    run_environment = {**os.environ, **(environment or {})}
    with tempfile.TemporaryDirectory() as directory:
        report = os.path.join(directory, "report.json")
        ended = call(TOOL, "run", f"--races={races}", "--format=json", "--min-severity=info", f"--output={report}",
                     "--", *command, cwd=directory, env=run_environment)
        document = json.load(open(report)) if os.path.exists(report) else None
    return ended, document["findings"] if document else []


def functions(finding):
    return {frame.get("function") for thread in finding["threads"] for stack in thread["stacks"]
            for frame in stack["frames"]}


def source(name):
    return os.path.join(HERE, name)


def accesses(directory):
    """Each function of one access tells of all its bytes and of no other."""
    with open(os.path.join(ROOT, "preload/race/tsan_access.def")) as table:
        rows = re.findall(r"^TC_TSAN\((\w+), (\w+), (\d+), (\d+)\)", table.read(), re.M)
    names = {name for kind, name, _, _ in rows if kind != "NOTHING"}
    binary = os.path.join(directory, "accesses")
    for flags in ([], ["-fno-plt"], ["-no-pie", "-fno-pie"], ["-Wl,-z,now"]):
        build("gcc", "-std=gnu11", "-O1", "-g", "-pthread", "-fno-builtin", f"-I{ROOT}", *flags,
              source("accesses.c"), "-o", binary, LIBRARY)  # bears the name of gcc's
        ended, findings = run(binary, "ok")
        expect(ended.returncode == 0 and not findings,
               f"{flags} ok: {ended.returncode} {ended.stderr} {[f['title'] for f in findings]}")
        ended, findings = run(binary, "race")
        expect(ended.returncode == FOUND and ended.stdout == "done\n", f"{flags} race: {ended}")
        told = {name for name in names for f in findings
                if f["kind"] == "data-race" and {"first_" + name, "second_" + name} <= functions(f)}
        expect(told == names, f"{flags}: no race of {sorted(names - told)}")
        expect(len(findings) == len(names), f"{flags}: {len(findings)} findings of {len(names)} functions")


def interface(directory):
    """What a program tells by the headers counts, and what it asks is answered."""
    expected = ("heap 1 100\nglobal\n0 (nil)\n1 0\n100\n1 1\n1 1 1\n1020304\n3 1 1 1\n5 0 2\n7\n2 2 2\n")
    for compiler in ("gcc", "clang"):
        for name, status, kinds in (("interface_ok", 0, set()), ("interface_race", FOUND, {"data-race"}),
                                    ("interface_locks", FOUND, {"lock-order-inversion"})):
            item = os.path.join(directory, name + ".o")
            binary = os.path.join(directory, name)
            build(compiler, "-O1", "-g", "-pthread", "-fsanitize=thread", "-c", source(name + ".c"), "-o", item)
            build("gcc", "-fsanitize=thread", "-pthread", item, "-o", binary)
            ended, findings = run(binary)
            what = f"{compiler} {name}: {ended.returncode} {ended.stderr} {[f['title'] for f in findings]}"
            expect(ended.returncode == status and not ended.stderr, what)
            expect({f["kind"] for f in findings} == kinds, what)
            if name == "interface_ok":
                expect(ended.stdout == expected, f"{what}: {ended.stdout!r}")


CLANG_FLAGS = ([], ["-mllvm", "-tsan-compound-read-before-write"], ["-mllvm", "-tsan-distinguish-volatile"], ["-O0"])


def clang(directory):
    """Objects that clang made run on our runtime when they are linked for the shared one."""
    sys.path.insert(0, os.path.join(ROOT, "tests/races"))
    races = __import__("run")
    names = ["counter", "counter_ok", "c11", "c11_ok", "condition_ok", "memcpy", "memcpy_ok", "unaligned", "bitfield",
             "unaligned_ok", "vector", "vector_ok", "flag_volatile", "cpp_vptr", "cpp_vptr_ok", "cpp_future_ok"]
    tried = 0
    for name in names:
        for ending, compiler, linker in ((".c", "clang", "gcc"), (".cc", "clang++", "g++")):
            path = os.path.join(ROOT, "tests/races", name + ending)
            if not os.path.exists(path):
                continue
            tried += 1
            for flags in CLANG_FLAGS:
                item, binary = os.path.join(directory, "object.o"), os.path.join(directory, "program")
                build(compiler, "-std=c++20" if ending == ".cc" else "-std=gnu11", "-O2", *flags, "-g", "-pthread",
                      "-fsanitize=thread", f"-I{ROOT}", "-c", path, "-o", item)
                build(linker, "-pthread", item, "-o", binary, "-lrt", LIBRARY)  # gcc's lacks some functions
                wanted = races.Program(path, binary, binary).expected("compiled")
                ended, findings = run(binary)
                shown = {f["kind"] for f in findings if f["severity"] in ("error", "warning")}
                expect(("data-race" in shown) == (wanted == "data-race"),
                       f"{name} {flags}: {wanted} expected: {shown} {ended.stderr}")
    expect(tried > 10, f"only {tried} programs")


def static(directory):
    """clang's own runtime, linked in, is left alone: one line says so, and the program is as it was."""
    binary = os.path.join(directory, "program")
    build("clang", "-O1", "-g", "-pthread", "-fsanitize=thread", f"-I{ROOT}",
          os.path.join(ROOT, "tests/races/counter_ok.c"), "-o", binary)
    command = [binary]
    if call(binary).returncode:  # it cannot place its shadow everywhere
        command = [shutil.which("setarch"), "-R", binary]
    ended, findings = run(*command)
    lines = [line for line in ended.stderr.splitlines() if "ThreadSanitizer of its own" in line]
    expect(ended.returncode == 0 and len(lines) == 1 and not findings, f"static: {ended} {findings}")


def options(directory):
    """ThreadSanitizer's environment and suppressions say nothing to us, and do no harm."""
    binary = os.path.join(directory, "program")
    build("gcc", "-O0", "-g", "-pthread", "-fsanitize=thread", f"-I{ROOT}",
          os.path.join(ROOT, "tests/races/counter.c"), "-o", binary)
    for value in ("", "halt_on_error=1:exitcode=3", "suppressions=/does/not/exist", "nonsense :=: 7", "verbosity=9"):
        ended, findings = run(binary, environment={"TSAN_OPTIONS": value})
        expect(ended.returncode == FOUND and not ended.stderr and len(findings) == 1, f"{value}: {ended} {findings}")


def leaving(directory):
    """Functions that the linker takes from gcc's library work, too."""
    binary = os.path.join(directory, "program")
    build("gcc", "-O1", "-g", "-pthread", "-fsanitize=thread", source("leaving.c"), "-o", binary)
    for races in ("full", "off"):
        ended, findings = run(binary, races=races)
        expect(ended.returncode == 3 and ended.stdout == "leaving\n" and not ended.stderr and not findings,
               f"{races}: {ended}")


def silent(directory):
    """Where races are not looked for, a program does not tell of its accesses, and is as it was otherwise."""
    binary = os.path.join(directory, "program")
    for flags in (["-Wl,-z,lazy"], ["-Wl,-z,now"], ["-fno-plt"], ["-fcf-protection=full"]):
        build("gcc", "-O1", "-g", "-pthread", "-fPIE", "-pie", "-fsanitize=thread", *flags, source("silent.c"), "-o", binary)
        for races, word in (("off", "silent"), ("full", "telling")):
            ended, findings = run(binary, races=races)
            expect(ended.returncode == 0 and ended.stdout == word + "\n2000 2000 copied\n" and not findings,
                   f"{flags} {races}: {ended}")
    build("gcc", "-O1", "-g", "-pthread", "-no-pie", "-fno-pie", "-fsanitize=thread", source("silent.c"), "-o", binary)
    ended, findings = run(binary, races="off")
    expect(ended.returncode == 0 and ended.stdout.endswith("\n2000 2000 copied\n"), f"no pie: {ended}")


def crowded(directory):
    """Where nothing fits near the code, races are told all the same, and a note says what it costs."""
    binary, report = os.path.join(directory, "program"), os.path.join(directory, "report.json")
    build("gcc", "-O1", "-g", "-pthread", "-fsanitize=thread", source("crowded.c"), "-o", binary)
    ended = call(TOOL, "run", "--races=full", "--format=json", f"--output={report}", "--", binary, cwd=directory)
    with open(report) as text:
        document = json.load(text)
    notes = [note for process in document["processes"] for note in process["notes"]]
    expect(ended.returncode == FOUND and ended.stdout == "done\n" and len(document["findings"]) == 1,
           f"crowded: {ended} {document['findings']}")
    expect(sum("no memory near the code" in note for note in notes) == 1, f"crowded: {notes}")


def shared(directory):
    """clang's shared runtime gives way to ours when that is found under its name."""
    binary, name = os.path.join(directory, "program"), "libclang_rt.tsan-x86_64.so"
    os.symlink(os.path.realpath(LIBRARY), os.path.join(directory, name))
    for program, status in (("counter", FOUND), ("counter_ok", 0)):
        build("clang", "-O1", "-g", "-pthread", "-fsanitize=thread", "-shared-libsan", f"-I{ROOT}",
              os.path.join(ROOT, f"tests/races/{program}.c"), "-o", binary)
        ended, findings = run(binary, environment={"LD_LIBRARY_PATH": directory})
        expect(ended.returncode == status and not ended.stderr and len(findings) == bool(status),
               f"{program}: {ended} {findings}")


with tempfile.TemporaryDirectory(prefix="tc-tsan-") as scratch:
    {f.__name__: f for f in (accesses, interface, clang, crowded, shared, silent, static, options, leaving)}[sys.argv[2]](scratch)
print("all as expected" if not bad else f"{len(bad)} not as expected")
sys.exit(bool(bad))
