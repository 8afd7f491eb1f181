#!/usr/bin/env python3
"""Compact recording of threads that are made and ended for ever: the trace does not grow with them,
what one of them does at last is found, and what its creation or its join orders is no finding."""

import os

import support
from support import must, threadcheck

SETTLED, MANY = 2000, 12_000  # threads: the first ones of a kind are told of one by one
THREADS = support.compile_c("threads", r"""
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t usual = PTHREAD_MUTEX_INITIALIZER;
static volatile int ended; /* in time, but ordered by nothing that counts */
static volatile int allowed;
static void both(pthread_mutex_t *a, pthread_mutex_t *b) {
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
}
static void *work(void *how) {
    if (*(char *)how == 's')
        pthread_detach(pthread_self());
    if (*(char *)how == 'n')
        pthread_setname_np(pthread_self(), "worker");
    pthread_mutex_lock(&usual);
    pthread_mutex_unlock(&usual);
    if (*(char *)how == '!') {
        while (!allowed)
            sched_yield();
        both(&second, &first);
    }
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELEASE);
    return 0;
}
static pthread_t start(pthread_attr_t *attributes, void *how) {
    pthread_t thread;
    if (pthread_create(&thread, attributes, work, how))
        abort();
    return thread;
}
/* Rounds of `at_once` threads; in the last one, if told so, they take the locks the other way round,
 * and this thread takes them `when`. */
int main(int argc, char **argv) {
    char *how = argv[1], *when = argc > 3 ? argv[3] : "never", odd[] = "!";
    int at_once = *how == 'b' ? 8 : 1, joined = !strchr("ds", *how);
    pthread_t threads[8];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, *how == 'd');
    for (long round = atol(argv[2]) / at_once; round >= 0; round--) {
        char *now = round || !strcmp(when, "never") ? how : odd;
        int before = ended;
        allowed = now == how || strcmp(when, "while") != 0;
        if (now == odd && !strcmp(when, "before"))
            both(&first, &second);
        for (int i = 0; i < at_once; i++)
            threads[i] = start(&attributes, now);
        if (now == odd && !strcmp(when, "while"))
            both(&first, &second);
        allowed = 1;
        for (int i = 0; joined && i < at_once; i++)
            pthread_join(threads[i], 0);
        while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < before + at_once)
            sched_yield();
        if (now == odd && !strcmp(when, "after"))
            both(&first, &second);
    }
    return 0;
}
""")
TRACES = os.path.join(support.WORK, "traces")


def run(*command):
    """The size of the trace, and the kinds that are found."""
    done = threadcheck("run", "--record=compact", "--races=off", "--format=json",
                       "--output=report.json", "--trace=traces", "--", *command)
    report = support.load("report.json")
    must(report["complete"] and not report["lost_events"],
         f"{command}: not complete: {report['processes']}")
    must(done.returncode in (0, 66), f"{command}: {done}")
    files = [os.path.join(TRACES, name) for name in os.listdir(TRACES)]
    size = sum(os.path.getsize(path) for path in files)
    for path in files:
        os.remove(path)
    return size, [finding["kind"] for finding in report["findings"]]


for how in ("joined", "batches", "named", "detached", "self-detached"):
    small, _ = run(THREADS, how, str(SETTLED))
    large, kinds = run(THREADS, how, str(MANY))
    # A name that comes late leaves some bytes; a creation and a join of each would be 1.5 MB.
    must(large - small <= 512 << 10, f"{how}: {SETTLED} threads leave {small} bytes, {MANY} {large}")
    must(not kinds, f"{how}: {kinds}")

for how in ("joined", "batches", "detached", "self-detached"):
    for when in ("before", "while", "after"):
        _, kinds = run(THREADS, how, str(SETTLED), when)
        # The other order is possible only while they run; a detached one may run on after.
        possible = when == "while" or (when == "after" and how in ("detached", "self-detached"))
        must(kinds == ["lock-order-inversion"] * possible, f"{how}, {when}: {kinds}")

# Objects that each thread of Python brings and the other one waits for: a record of them is there
# while the wait lasts, at whose end its chunk may not be the newest one any more.
STARTED = """
import threading
for _ in range(4000):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
"""
_, kinds = run("/usr/bin/python3", "-c", STARTED)
must(not kinds, f"threads of Python: {kinds}")

support.finish()
