#!/usr/bin/env python3
"""The recipes of docs/ci.md, as they stand there: CTest, pytest, Make, several runs in one report, the
workflows' command lines."""

import json
import os
import re
import shutil
import subprocess
import sys

import support
from support import WORK, must, threadcheck

BUG = r"""
#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static volatile int went; /* orders nothing, and keeps them from a real deadlock */
static void *forward(void *x) {
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    went = 1;
    return x;
}
static void *backward(void *x) {
    pthread_mutex_t *first = FIRST, *second = SECOND;
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
    return x;
}
int main(void) {
    pthread_t one, two;
    pthread_create(&one, NULL, forward, NULL);
    while (!went)
        usleep(1000);
    pthread_create(&two, NULL, backward, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}
"""
GOOD = BUG.replace("FIRST", "&a").replace("SECOND", "&b")
BUG = BUG.replace("FIRST", "&b").replace("SECOND", "&a")
RACE = """
#include <pthread.h>
int known, more;
static void *count(void *unused) {
    for (int i = 0; i < 1000; i++) {
        known++;
        __asm__ volatile("" : : "r"(&known) : "memory");
#ifdef MORE
        more++;
        __asm__ volatile("" : : "r"(&more) : "memory");
#endif
    }
    return unused;
}
int main(void) {
    pthread_t one, two;
    pthread_create(&one, NULL, count, NULL);
    pthread_create(&two, NULL, count, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}
"""
PYTHON = """
import threading
accounts, audit = threading.Lock(), threading.Lock()
def pay():
    with accounts, audit:
        pass
def check():
    with ORDER:
        pass
def test_both():
    threads = [threading.Thread(target=pay), threading.Thread(target=check)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
CI = support.document("ci.md")


def recipe(language, word):
    """The block of that language with that word in it."""
    return next(text for text in re.findall(rf"```{language}\n(.*?)```", CI, re.S) if word in text)


def write(name, text):
    os.makedirs(os.path.dirname(os.path.join(WORK, name)), exist_ok=True)
    with open(os.path.join(WORK, name), "w", encoding="utf-8") as file:
        file.write(text)


def shell(command, **more):
    environment = dict(os.environ, PATH=os.path.dirname(support.TOOL) + ":" + os.environ["PATH"], **more)
    return subprocess.run(["bash", "-c", command], cwd=WORK, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def ctest():
    if not shutil.which("cmake"):
        must(False, "cmake is missing: see third_party/packages.txt")
        return
    write("c/bug.c", BUG)
    write("c/good.c", GOOD)
    write("c/CMakeLists.txt", "cmake_minimum_required(VERSION 3.18)\nproject(example C)\nenable_testing()\n"
          "set(CMAKE_BUILD_TYPE Debug)\nfind_package(Threads)\n" + recipe("cmake", "EMULATOR") +
          "foreach(t bug good)\n  add_executable(${t} ${t}.c)\n  target_link_libraries(${t} Threads::Threads)\n"
          "  add_test(NAME ${t} COMMAND ${t})\nendforeach()\n")
    run = shell("cmake -S c -B built && cmake --build built && cd built && ctest --output-on-failure")
    must(re.search(r"bug \.+\**\s*Failed", run.stdout) and re.search(r"good \.+\s*Passed", run.stdout), f"CTest: {run.stdout}")
    must("a and b are acquired in opposite orders" in run.stdout, "CTest: the report is in the log")


def pytest():
    command = recipe("sh", "pytest").strip().replace("python3", "/usr/bin/python3")
    if subprocess.run(["/usr/bin/python3", "-c", "import pytest"], stderr=subprocess.DEVNULL, check=False).returncode:
        must(False, "pytest is missing: see third_party/packages.txt")
        return
    for name, order, status in (("bug", "audit, accounts", 66), ("good", "accounts, audit", 0)):
        write(f"python_{name}/test_bank.py", PYTHON.replace("ORDER", order))
        run = shell(f"cd python_{name} && {command} -q -p no:cacheprovider")
        must(run.returncode == status, f"pytest, {name}: {run.returncode} {run.stdout}")
        must(os.path.exists(os.path.join(WORK, "python_" + name, "threadcheck.xml")), f"pytest, {name}: JUnit report")


def preload():
    command = recipe("sh", "LD_PRELOAD").strip().replace("/usr/lib/threadcheck/lib", os.path.dirname(support.TOOL) + "/../lib")
    write("m/Makefile", "check:\n\t../bug\n")
    run = shell(f"cd m && {command}")
    must("opposite orders" in run.stdout, f"make check: {run.stdout}")


def workflows():
    """The commands of the workflows run as they are written."""
    write("ci/threads.supp", "# nothing yet\n")
    write("run_tests", "#!/bin/sh\n./good && ./bug && ./bug\n")
    os.chmod(os.path.join(WORK, "run_tests"), 0o755)
    for text, files in ((recipe("yaml", "upload-sarif"), ["threadcheck.sarif", "threadcheck.html"]),
                        (recipe("yaml", "junit: "), ["threadcheck.xml", "threadcheck.html"])):
        command = " ".join(re.search(r"threadcheck run .*?-- \./run_tests", text, re.S).group(0).split())
        run = shell(command)
        must(run.returncode == 66 and "opposite orders" in run.stdout, f"{command}: {run.returncode} {run.stdout}")
        for file in files:
            must(os.path.getsize(os.path.join(WORK, file)) > 1000, f"{command}: {file}")
            os.unlink(os.path.join(WORK, file))


def several_runs():
    for _ in range(2):
        shell("threadcheck run --trace=runs -- ./run_tests")
    run = threadcheck("analyze", "--format=json", "--output=all.json", "runs")
    report = support.load("all.json")
    must(run.returncode == 66 and len(report["processes"]) >= 6, f"six processes: {len(report['processes'])}")
    must(len(report["findings"]) == 1 and len(report["findings"][0]["pids"]) == 4, "one finding, seen in four of them")
    write("empty.json", json.dumps(dict(report, findings=[])))
    for old, new, status, word in (("empty.json", "all.json", 66, "1 new"), ("all.json", "empty.json", 0, "1 gone"),
                                   ("all.json", "all.json", 0, "1 in both")):
        run = threadcheck("diff", old, new)
        must(run.returncode == status and word in run.stdout, f"diff {old} {new}: {run.returncode} {run.stdout}")
    run = threadcheck("analyze", "--baseline=all.json", "runs")
    must(run.returncode == 0 and "in the baseline" in run.stdout, f"baseline: {run.stdout}")
    threadcheck("analyze", "--baseline=all.json", "--format=json", "--output=rest.json", "runs")
    run = threadcheck("diff", "all.json", "rest.json")
    must("leaves out what its baseline has" in run.stderr, f"diff with what a baseline left: {run.stderr}")


def new_lines():
    """A baseline holds when lines move, and what is new beside it fails."""
    build = ["gcc", "-g", "-O1", "-pthread", "moved.c", "-o", "moved"]
    for lines, more, status in (("", "", 66), ("\n" * 30, "", 0), ("\n" * 30, "-DMORE", 66)):
        write("moved.c", lines + RACE)
        subprocess.run([*build, *more.split()], cwd=WORK, check=True)
        arguments = ["--baseline=moved.json"] if lines else ["--format=text", "--format=json", "--output=moved.json"]
        run = threadcheck("run", "--races=full", *arguments, "--", "./moved")
        must(run.returncode == status, f"{len(lines)} lines more, {more}: {run.returncode} {run.stderr}")
        must(("data race on more" in run.stderr) == bool(more), f"{more}: {run.stderr}")
        must(("data race on known" in run.stderr) == (not lines), f"{len(lines)} lines more: {run.stderr}")
    run = threadcheck("analyze", "--gen-suppressions=all.supp", "--output=first.txt", "runs")
    must(run.returncode == 66, f"gen-suppressions: {run.stderr}")
    run = threadcheck("analyze", "--suppressions=all.supp", "runs")
    must(run.returncode == 0 and "suppressed" in run.stdout, f"suppressions: {run.stdout}")
    write("never.supp", "[long gone]\nobject = nothing\n")
    run = threadcheck("analyze", "--suppressions=never.supp", "runs")
    must("[long gone] matched nothing" in run.stdout, f"unused: {run.stdout[:300]}")
    run = threadcheck("analyze", "--suppressions=never.supp", "--format=json", "--output=x.json", "runs")
    must("[long gone] matched nothing" in run.stderr, f"unused, without a text: {run.stderr}")


support.compile_c("bug", BUG)
support.compile_c("good", GOOD)
ctest()
pytest()
preload()
workflows()
several_runs()
new_lines()
support.finish()
