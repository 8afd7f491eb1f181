#!/usr/bin/env python3
"""The command line: exit statuses, where output goes, and one clear line for every mistake."""

import os
import signal
import subprocess

import support
from support import must, threadcheck

BUG = support.compile_c("bug", r"""
#include <pthread.h>
pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, audit = PTHREAD_MUTEX_INITIALIZER;
static volatile int paid; /* in time, but ordered by nothing that counts */
static void *pay(void *x) {
    pthread_mutex_lock(&accounts);
    pthread_mutex_lock(&audit);
    pthread_mutex_unlock(&audit);
    pthread_mutex_unlock(&accounts);
    paid = 1;
    return x;
}
static void *print_audit(void *x) {
    pthread_mutex_lock(&audit);
    pthread_mutex_lock(&accounts);
    pthread_mutex_unlock(&accounts);
    pthread_mutex_unlock(&audit);
    return x;
}
int main(void) {
    pthread_t one, two;
    pthread_barrier_t order;
    pthread_barrier_init(&order, 0, 1);
    pthread_create(&one, 0, pay, 0);
    while (!paid)
        nanosleep(&(struct timespec){0, 1000000}, 0);
    pthread_create(&two, 0, print_audit, 0);
    pthread_join(one, 0);
    pthread_join(two, 0);
    return 3;
}
""", "-include", "time.h")
END = support.compile_c("end", r"""
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
static void *f(void *x) { return x; }
int main(int argc, char **argv) {
    pthread_t t;
    pthread_create(&t, 0, f, 0);
    pthread_join(t, 0);
    if (argc > 2)
        raise(atoi(argv[2]));
    return argc > 1 ? atoi(argv[1]) : 0;
}
""")

HANG = support.compile_c("hang", r"""
#include <pthread.h>
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *f(void *x) { pthread_mutex_lock(&lock); return x; }
int main(void) {
    pthread_t t;
    pthread_mutex_lock(&lock);
    pthread_create(&t, 0, f, 0);
    return pthread_join(t, 0);
}
""")
HOLD = support.compile_c("hold", r"""
#include <pthread.h>
#include <unistd.h>
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int begun;
static void *f(void *x) {
    begun = 1;
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return x;
}
int main(void) {
    pthread_t t;
    pthread_mutex_lock(&lock);
    pthread_create(&t, 0, f, 0);
    while (!begun)
        usleep(1000);
    usleep(300000);
    pthread_mutex_unlock(&lock);
    return pthread_join(t, 0);
}
""")


def usage(words, *named):
    """A mistake: status 2, one line that names it, nothing on stdout."""
    run = threadcheck(*words)
    must(run.returncode == 2, f"{words}: status {run.returncode}")
    must(run.stderr.count("\n") == 1 and run.stderr.startswith("threadcheck"),
         f"{words}: stderr {run.stderr!r}")
    must(not run.stdout, f"{words}: stdout {run.stdout!r}")
    for word in named:
        must(word in run.stderr, f"{words}: '{word}' is not named: {run.stderr!r}")


def usage_errors():
    usage([], "command")
    usage(["rnu"], "rnu", "run")
    usage(["--frobnicate"], "--frobnicate")
    usage(["run"], "program")
    usage(["run", "--fromat=json", "--", "true"], "--fromat", "--format")
    usage(["run", "--format=pdf", "--", "true"], "pdf", "text, json")
    usage(["run", "--min-severity=high", "--", "true"], "high")
    usage(["run", "--long-hold=never", "--", "true"], "long-hold", "never")
    usage(["run", "--error-exitcode=700", "--", "true"], "700")
    usage(["run", "--hang-timeout=soon", "--", "true"], "soon")
    for seconds in ("1e9", "inf", "nan", "0x10", "-1", "1e-3", "1000000000"):
        usage(["run", "--hang-timeout=" + seconds, "--", "true"], seconds)
    for size in ("1T", "-1", "17179869184G", "99999999999999999999", "1 G"):
        usage(["run", "--trace-limit=" + size, "--", "true"], size)
    usage(["run", "--baseline=.", "--", "true"], "directory")
    usage(["run", "--suppressions=.", "--", "true"], "directory")
    usage(["run", "--on-deadlock=panic", "--", "true"], "panic")
    usage(["run", "--races=maybe", "--", "true"], "maybe")
    usage(["run", "--suppressions=/no/such", "--", "true"], "/no/such")
    usage(["run", "--baseline=/no/such", "--", "true"], "/no/such")
    usage(["run", "--trace=/dev/null", "--", "true"], "/dev/null")
    usage(["run", "--output"], "--output")
    usage(["analyze"], "trace")
    usage(["analyze", "--trace=x", "y"], "--trace")
    usage(["explain"], "kind")
    usage(["explain", "deadlok"], "deadlok", "deadlock")
    usage(["list", "colours"], "colours")
    with open(os.path.join(support.WORK, "bad.supp"), "w", encoding="utf-8") as file:
        file.write("[a]\nkind = deadlock\ncolour = red\n")
    usage(["run", "--suppressions=bad.supp", "--", "true"], "bad.supp:3")
    with open(os.path.join(support.WORK, "bad.json"), "w", encoding="utf-8") as file:
        file.write("[1, 2")
    usage(["run", "--baseline=bad.json", "--", "true"], "bad.json")
    with open(os.path.join(support.WORK, "new.json"), "w", encoding="utf-8") as file:
        file.write('{"version": 2, "findings": []}')
    for command in (["run", "--baseline=new.json"], ["confirm", "new.json"]):
        usage([*command, "--", "true"], "new.json", "version 2", "version 1")
    usage(["diff", "new.json", "new.json"], "new.json", "version 2", "version 1")


def options_by_environment():
    """A mistake is a line, and the default holds; every other option is taken."""
    library = os.path.join(os.path.dirname(os.path.dirname(support.TOOL)), "lib", "libthreadcheck.so")

    def told(options):
        run = subprocess.run([END], cwd=support.WORK, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                             env=dict(os.environ, LD_PRELOAD=library, THREADCHECK_OPTIONS=options))
        must(run.returncode == 0, f"{options[:60]}: {run.returncode}")
        return run.stderr.splitlines()

    must(told("report=0:hang_timeout=0.5:trace_limit=1G") == [], "options without a mistake")
    for mistake in ("colour=red", "report", "report=yes", "hang_timeout=soon", "hang_timeout=", "trace_limit=1T",
                    "trace_limit=-1", "trace_limit=17179869184G", "record=all", "races=maybe"):
        lines = told("report=0:" + mistake)
        must(len(lines) == 1 and mistake.split("=")[0] in lines[0], f"{mistake}: {lines}")
    lines = told("report=0:" + "x" * 5000)
    must(len(lines) == 2 and "too long" in lines[0], f"options that are too long: {lines}")


def full_outputs():
    for command in (["--version"], ["--help"], ["help", "run"], ["list"], ["explain", "deadlock"],
                    ["completion", "bash"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            run = subprocess.run([support.TOOL, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        must(run.returncode == 2 and run.stderr.count("\n") == 1 and "No space left" in run.stderr,
             f"{command}: {run.returncode} {run.stderr!r}")


def statuses():
    must(threadcheck("run", "--", END, "7").returncode == 7, "the program's own status")
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        run = threadcheck("run", "--", END, "0", str(int(number)))
        must(run.returncode == 128 + number, f"signal {number}: {run.returncode}")
    must(threadcheck("run", "--", BUG).returncode == 66, "findings: 66")
    must(threadcheck("run", "--error-exitcode=9", "--", BUG).returncode == 9, "--error-exitcode=9")
    must(threadcheck("run", "--error-exitcode", "0", "--", BUG).returncode == 3,
         "--error-exitcode 0 keeps the program's own")
    run = threadcheck("run", "--", "./not-there")
    must(run.returncode == 127 and "not-there" in run.stderr, "a missing program")
    run = threadcheck("run", "--", "./bug.c")
    must(run.returncode == 126 and "bug.c" in run.stderr, "a file that is no program")


def outputs():
    quiet = threadcheck("run", "--", END)
    must(quiet.stdout == "" and quiet.stderr == "", f"a clean program: {quiet.stderr!r}")
    run = threadcheck("run", "--format=json", "--output=a.json", "--format=text", "--output=a.txt",
                      "--", BUG)
    must(run.stderr == "" and run.stdout == "", "reports in files leave the streams alone")
    must(len(support.load("a.json")["findings"]) == 1, "a.json")
    must(os.path.getsize(os.path.join(support.WORK, "a.txt")) > 200, "a.txt")
    run = threadcheck("run", "--output=-", "--", BUG)
    must("lock-order-inversion" in run.stdout and run.stderr == "", "--output=- is stdout")
    run = threadcheck("run", "--output=/dev/full", "--format=json", "--output=b.json", "--", BUG)
    must(run.returncode == 2 and "/dev/full" in run.stderr, "a full disk")
    must(len(support.load("b.json")["findings"]) == 1, "the other report is written all the same")
    threadcheck("run", "--format=json", "--output=none.json", "--", "true")
    none = support.load("none.json")
    must(none["findings"] == [] and none["program"]["exit"] == 0, "JSON of a program without threads")
    must(support.validate(none) is None, f"schema: {support.validate(none)}")
    left = [name for name in os.listdir(support.WORK) if name.startswith("threadcheck-")]
    must(not left, f"left behind: {left}")


def traces():
    threadcheck("run", "--trace=some/traces", "--", BUG)
    threadcheck("run", "--trace=some/traces", "--", END)
    files = os.listdir(os.path.join(support.WORK, "some/traces"))
    must(len(files) == 2, f"--trace keeps traces: {files}")
    run = threadcheck("analyze", "--format=json", "--output=both.json", "some/traces")
    both = support.load("both.json")
    must(run.returncode == 66 and len(both["processes"]) == 2, "analyze a directory")
    again = threadcheck("analyze", "some/traces").stdout
    must(again == threadcheck("analyze", "some/traces").stdout, "the same bytes each time")
    run = threadcheck("analyze", "some/traces", "not-there")
    must(run.returncode == 66 and "not-there" in run.stderr and "accounts" in run.stdout,
         "what is good is reported beside what is not")
    for bad in ("/dev/null", "bug.c", "."):
        run = threadcheck("analyze", os.path.join("some", bad) if bad == "." else bad)
        must(bad == "." or run.returncode in (2, 3), f"analyze {bad}: {run.returncode}")
        must(bad == "." or run.stderr.count("\n") == 1, f"analyze {bad}: {run.stderr!r}")
    os.mkdir(os.path.join(support.WORK, "empty"))
    run = threadcheck("analyze", "empty")
    must(run.returncode in (2, 3) and "empty" in run.stderr, "a directory without traces")


def compressed_traces():
    """A trace that was compressed is as good as before; a damaged one is a line."""
    folder = os.path.join(support.WORK, "packed")
    threadcheck("run", "--trace=packed", "--", BUG)
    plain = threadcheck("analyze", "packed").stdout
    run = threadcheck("compress", "packed")
    must(run.returncode == 0 and not run.stderr, f"compress: {run.stderr}")
    [name] = os.listdir(folder)
    must(name.endswith(".tctrace.zst"), f"compress: {name}")
    must(threadcheck("analyze", "packed").stdout == plain, "analyze what was compressed")
    must(threadcheck("compress", "packed").returncode == 0, "compress a second time")
    path = os.path.join(folder, name)
    must(threadcheck("dump", path).stdout.startswith("header"), "dump what was compressed")
    for bad, status in ((path, 2), ("bug.c", 3), ("not-there", 3)):
        run = threadcheck("compress", bad)
        must(run.returncode == status and run.stderr.count("\n") == 1, f"compress {bad}: {run.returncode} {run.stderr!r}")
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - 3)
    run = threadcheck("analyze", path)
    must(run.returncode in (2, 3) and run.stderr.count("\n") == 1 and "cut off" in run.stderr,
         f"analyze a cut one: {run.returncode} {run.stderr!r}")


def shape():
    report = support.load("a.json")
    must(support.validate(report) is None, f"schema: {support.validate(report)}")
    finding = report["findings"][0]
    frames = [f for t in finding["threads"] for s in t["stacks"] for f in s["frames"]]
    must({"pay", "print_audit"} <= {f["function"] for f in frames}, "functions")
    must(all(f["file"].endswith("bug.c") and f["line"] for f in frames), "lines")
    must([o["name"] for o in finding["objects"]] == ["accounts", "audit"], "objects")
    must(report["summary"] == {"error": 1, "warning": 0, "info": 0}, "summary")
    must(report["program"]["argv"] == [BUG] and report["program"]["exit"] == 3, "program")


def hangs_are_told_once():
    """In full while the program hangs, in a line at its end; files have all of it."""
    run = threadcheck("run", "--on-deadlock=abort", "--", HANG)
    must(run.returncode == 66, f"hang: status {run.returncode}")
    must(run.stderr.count("What happened") == 1, f"hang: told not once: {run.stderr}")
    must(run.stderr.count("reported above") == 1, f"hang: no reference: {run.stderr}")
    threadcheck("run", "--on-deadlock=abort", "--output=told", "--trace=told.traces", "--", HANG)
    with open(os.path.join(support.WORK, "told"), encoding="utf-8") as told:
        must("What happened" in told.read(), "hang: the file has not all of it")
    left = [name for name in os.listdir(os.path.join(support.WORK, "told.traces")) if name.endswith(".told")]
    must(not left, f"hang: {left} is left beside the trace")


def long_holds_have_a_threshold():
    threadcheck("run", "--trace=hold.traces", "--", HOLD)
    for limit, count in (("1000", 0), ("0.000001", 1)):
        run = threadcheck("analyze", "--min-severity=info", "--long-hold=" + limit, "hold.traces")
        must(run.stdout.count("info: long-hold") == count, f"--long-hold={limit}: {run.stdout}")


def checks_can_be_chosen():
    for checks, count in (("long_hold", 1), ("release,long_hold", 1), ("release", 0)):
        run = threadcheck("analyze", "--min-severity=info", "--long-hold=0.000001", "--checks=" + checks, "hold.traces")
        must(run.stdout.count("info: long-hold") == count, f"--checks={checks}: {run.stdout}")
    for checks in ("long", "long_hold,", ",", "guessed_order"):
        run = threadcheck("analyze", "--checks=" + checks, "hold.traces")
        must(run.returncode == 2 and "there is no check" in run.stderr, f"--checks={checks}: {run.stderr}")
    names = threadcheck("list", "checks").stdout
    must("  lock_order " in names and "guessed_order" not in names, f"list checks: {names}")


usage_errors()
options_by_environment()
full_outputs()
hangs_are_told_once()
long_holds_have_a_threshold()
checks_can_be_chosen()
statuses()
outputs()
traces()
compressed_traces()
shape()
support.finish()
