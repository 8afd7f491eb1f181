#!/usr/bin/env python3
"""Compact recording: small traces, the same findings as full recording, true counts, and a report
that says so."""

import os

import support
from support import must, threadcheck

PAIRS = 300_000
# Locks in one order for long, then once the other way round; and a lock that only counts.
LATE = support.compile_c("late", r"""
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>
volatile int finished;
pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;
sem_t done;
static void both(pthread_mutex_t *a, pthread_mutex_t *b) {
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
}
static void *work(void *count) {
    for (long i = 0; i < *(long *)count; i++) {
        pthread_mutex_lock(&alone);
        pthread_mutex_unlock(&alone);
        both(&first, &second);
    }
    finished = 1;
    sem_post(&done);
    return 0;
}
int main(int argc, char **argv) {
    pthread_t thread;
    long count = atol(argv[1]);
    sem_init(&done, 0, 0);
    pthread_create(&thread, 0, work, &count);
    if (argc > 2) /* ordered: by a wait for the other thread */
        sem_wait(&done);
    while (!finished) /* in time, but ordered by nothing that counts */
        usleep(1000);
    both(&second, &first);
    pthread_join(thread, 0);
    return 0;
}
""")


# Nearly every acquire in a context of its own, in threads of which some end while others go on.
MANY = support.compile_c("many", r"""
#include <pthread.h>
#include <stdlib.h>
enum { LOCKS = 500, THREADS = 96 };
pthread_mutex_t locks[LOCKS];
static void *work(void *seeded) {
    unsigned seed = (unsigned)(long)seeded;
    for (int i = (seed % 5 + 1) * 1500; i > 0; i--) {
        seed = seed * 1103515245 + 12345;
        unsigned a = seed >> 8 & 255, b = a + 1 + (seed >> 18) % (LOCKS - 1 - a);
        pthread_mutex_lock(&locks[a]);
        pthread_mutex_lock(&locks[b]);
        pthread_mutex_unlock(&locks[b]);
        pthread_mutex_unlock(&locks[a]);
    }
    return 0;
}
int main(void) {
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], 0, work, (void *)(i + 1)))
            abort();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    return 0;
}
""")


def run(*arguments, record="compact"):
    done = threadcheck("run", f"--record={record}", "--format=json", "--output=report.json",
                       "--trace=traces", *arguments)
    files = [os.path.join(support.WORK, "traces", name)
             for name in os.listdir(os.path.join(support.WORK, "traces"))]
    size = sum(os.path.getsize(path) for path in files)
    return done, support.load("report.json"), size, files


def remove(files):
    for path in files:
        os.remove(path)


ids = {}
for record in ("full", "compact"):
    done, report, size, files = run("--", LATE, str(PAIRS), record=record)
    must(done.returncode == 66, f"{record}: status {done.returncode}: {done.stderr}")
    must(report["complete"] and report["lost_events"] == 0, f"{record}: not complete")
    ids[record] = sorted(finding["id"] for finding in report["findings"])
    must(any(finding["kind"] == "lock-order-inversion" for finding in report["findings"]),
         f"{record}: no inversion")
    notes = " ".join(report["processes"][0].get("notes", []))
    must(("compact" in notes) == (record == "compact"), f"{record}: notes are {notes!r}")
    if record == "compact":
        must(size < 1 << 20, f"the trace has {size} bytes")
        threadcheck("profile", "--format=json", "--output=profile.json", "traces")
        locks = {lock["name"]: lock for lock in support.load("profile.json")["profile"]["classes"]}
        must(locks["alone"]["acquisitions"] == PAIRS, f"profile: {locks.get('alone')}")
    remove(files)
must(ids["full"] == ids["compact"], f"the findings differ: {ids}")

done, report, size, files = run("--", LATE, str(PAIRS), "ordered")
must(done.returncode == 0, f"ordered by a semaphore: status {done.returncode}: {report['findings']}")
remove(files)

done, report, size, files = run("--trace-limit=2M", "--", LATE, str(PAIRS), record="full")
must(size < 3 << 20, f"with a limit of 2M the trace has {size} bytes")
must("compact" in " ".join(report["processes"][0].get("notes", [])), "the switch is not told")
must(done.returncode == 66, f"with a limit: status {done.returncode}")
remove(files)

# Not larger than full recording, however the threads take turns; full recording takes the 8 MB that it
# writes and what 96 threads that are alive at once have at hand: 8 MB and 64 kB for each.
sizes = {}
for record in ("full", "compact"):
    done, report, size, files = run("--", MANY, record=record)
    must(done.returncode == 0 and report["complete"], f"many contexts, {record}: {done}")
    sizes[record] = size
    remove(files)
must(sizes["compact"] <= sizes["full"], f"the compact trace is larger: {sizes}")
must(sizes["full"] < 24 << 20, f"the full trace takes more than what is in it: {sizes}")

for bad in ("--record=some", "--trace-limit=lots", "--trace-limit=", "--trace-limit=1T"):
    done = threadcheck("run", bad, "--", "/bin/true")
    must(done.returncode == 2 and done.stderr.count("\n") == 1, f"{bad}: {done.returncode} {done.stderr!r}")

support.finish()
