#!/usr/bin/env python3
"""When there is no room for the trace: a full disk, RLIMIT_FSIZE, trace_limit, a directory that
cannot be written to.  The program goes on as without us; what was found before and what happens after
is reported all the same, and the report says in a line what is missing."""

import os
import resource
import subprocess
import tempfile

import support
from support import must, threadcheck

ROOM = 1 << 20
NO_SPACE = "there was no more space for the trace"
LIMIT = "and up to trace_limit"

# Four threads fill the trace with ever new contexts; before and after that, what the words say.
FULL = support.compile_c("full", r"""
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
enum { LOCKS = 600, ROUNDS = 30000, STATUS = 3 };
static pthread_mutex_t many[LOCKS], left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t early, late;
static pthread_barrier_t both_hold;
static void *fill(void *seeded) {
    unsigned seed = (unsigned)(long)seeded;
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned a = seed >> 8 & 255, b = a + 1 + (seed >> 18 & 255);
        pthread_mutex_lock(&many[a]);
        pthread_mutex_lock(&many[b]);
        pthread_mutex_unlock(&many[b]);
        pthread_mutex_unlock(&many[a]);
    }
    return 0;
}
static void *misuse_early(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    pthread_mutex_unlock(lock);
    return 0;
}
static void *misuse_late(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    pthread_mutex_unlock(lock);
    return 0;
}
static void *take(void *first) {
    pthread_mutex_lock(first);
    pthread_barrier_wait(&both_hold);
    pthread_mutex_lock(first == &left ? &right : &left);
    return 0;
}
static pthread_t start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, function, argument))
        abort();
    return thread;
}
int main(int argc, char **argv) {
    const char *words = argc > 1 ? argv[1] : "";
    pthread_t threads[4];
    pthread_mutexattr_t checks;
    pthread_mutexattr_init(&checks);
    pthread_mutexattr_settype(&checks, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&early, &checks);
    pthread_mutex_init(&late, &checks);
    pthread_barrier_init(&both_hold, 0, 2);
    if (strstr(words, "early"))
        pthread_join(start(misuse_early, &early), 0);
    for (long i = 0; i < 4; i++)
        threads[i] = start(fill, (void *)(i + 1));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], 0);
    if (strstr(words, "late"))
        pthread_join(start(misuse_late, &late), 0);
    if (strstr(words, "hang")) {
        start(take, &left);
        pthread_join(start(take, &right), 0);
    }
    puts("done");
    fflush(stdout);
    if (strstr(words, "killed"))
        kill(getpid(), SIGKILL);
    return STATUS;
}
""")


def kinds(report):
    return sorted(f["kind"] for f in report["findings"] if f["severity"] in ("error", "warning"))


def objects(report):
    return sorted({o["name"] for f in report["findings"] for o in f["objects"] if f["severity"] == "error"})


def try_all(what, trace, note, complete, *options, **more):
    """Every case with so little room for the trace."""
    cases = [("", 3, [], []),
             ("early", 66, ["double-release"], ["early"]),
             ("early late", 66, ["double-release"] * 2, ["early", "late"]),
             ("early killed", 66, ["double-release"], ["early"]),
             ("hang", 66, ["deadlock"], ["left", "right"])]
    for record in ("full", "compact"):
        for words, status, found, names in cases:
            title = f"{what}, {record}, '{words}'"
            for name in os.listdir(trace):
                os.remove(os.path.join(trace, name))
            done = threadcheck("run", "--on-deadlock=abort", f"--record={record}", "--format=json",
                               "--output=report.json", f"--trace={trace}", *options, "--", FULL, words, **more)
            must(done.returncode == status, f"{title}: status {done.returncode}: {done.stderr[-300:]}")
            must((done.stdout == "done\n") == ("hang" not in words), f"{title}: wrote {done.stdout!r}")
            report = support.load("report.json")
            must(kinds(report) == found, f"{title}: found {kinds(report)}")
            must(objects(report) == names, f"{title}: found on {objects(report)}")
            notes = report["processes"][0].get("notes", [])
            must(sum(note in text for text in notes) == 1, f"{title}: the notes are {notes}")
            must(report["complete"] == complete, f"{title}: complete is {report['complete']}")
            size = sum(os.stat(os.path.join(trace, name)).st_blocks * 512 for name in os.listdir(trace))
            must(size <= 2 * ROOM + (2 << 20), f"{title}: the trace has {size} bytes")


directory = tempfile.mkdtemp(dir=support.WORK)
try_all("trace_limit", directory, LIMIT, True, f"--trace-limit={ROOM}")
try_all("RLIMIT_FSIZE", directory, NO_SPACE, False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)))
small = tempfile.mkdtemp(dir=support.WORK)
if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", small],
                  stderr=subprocess.DEVNULL).returncode == 0:  # where that is allowed
    try:
        try_all("a full disk", small, NO_SPACE, False)
        # With the disk full from the start, nothing can be recorded; that is said.
        with open(os.path.join(small, "filler"), "wb") as filler:
            try:
                filler.write(bytes(2 * ROOM))
            except OSError:
                pass
        done = threadcheck("run", f"--trace={small}", "--", FULL, "early")
        must(done.returncode == 3 and done.stdout == "done\n", f"full from the start: {done}")
        must("cannot create a trace" in done.stderr, f"full from the start: {done.stderr!r}")
    finally:
        subprocess.run(["umount", small], check=True)

# Text says it even when there is nothing to report.
done = threadcheck("run", f"--trace={directory}", "--", FULL,
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)))
must(done.returncode == 3 and done.stderr.count(NO_SPACE) == 1, f"text: {done.returncode} {done.stderr!r}")

# A directory that cannot be made: the program runs, and one line says that nothing is recorded.
done = threadcheck("run", "--trace=/proc/nowhere", "--", FULL, "early")
must(done.stdout in ("done\n", "") and "/proc/nowhere" in done.stderr, f"no directory: {done}")
shim = os.path.join(os.path.dirname(support.TOOL), "..", "lib", "libthreadcheck.so")
done = subprocess.run([FULL, "early"], cwd=support.WORK, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                      env=dict(os.environ, THREADCHECK_OPTIONS="trace=/proc/nowhere", LD_PRELOAD=shim))
must(done.returncode == 3 and done.stdout == "done\n", f"preloaded, no directory: {done}")
must(done.stderr.count("\n") == 1 and "cannot create a trace in /proc/nowhere" in done.stderr,
     f"preloaded, no directory: {done.stderr!r}")

support.finish()
