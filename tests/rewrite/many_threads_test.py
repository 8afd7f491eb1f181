#!/usr/bin/env python3
"""Of more threads at once than races are looked for in, the report says that there were; of fewer,
nothing.  When others have ended, those that were too many are looked at.

usage: many_threads_test.py THREADCHECK
"""

import json
import os
import subprocess
import sys
import tempfile

PROGRAM = r"""
#include <pthread.h>
#include <stdlib.h>
static pthread_barrier_t all;
static int cells[1000];
static void *work(void *cell) {
    pthread_barrier_wait(&all);
    ++*(int *)cell;
    pthread_barrier_wait(&all);
    return 0;
}
int main(int argc, char **argv) {
    int count = atoi(argv[argc - 1]);
    pthread_t threads[1000];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    pthread_barrier_init(&all, 0, (unsigned)count);
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], &small, work, &cells[i]);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], 0);
    pthread_barrier_destroy(&all);
    return 0;
}
"""


# Each is there before the next begins: the last are the ones too many.
LATER = r"""
#include <pthread.h>
#include <semaphore.h>
#define ALL   300
#define EARLY 290
static sem_t begun, leave, go;
static long counter;
static void *work(void *number) {
    sem_post(&begun);
    sem_wait((long)number < EARLY ? &leave : &go);
    if ((long)number >= EARLY)
        counter++; /* RACE */
    return 0;
}
int main(void) {
    pthread_t threads[ALL];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 << 10);
    sem_init(&begun, 0, 0);
    sem_init(&leave, 0, 0);
    sem_init(&go, 0, 0);
    for (long i = 0; i < ALL; i++) {
        pthread_create(&threads[i], &small, work, (void *)i);
        sem_wait(&begun);
    }
    for (int i = 0; i < EARLY; i++)
        sem_post(&leave);
    for (int i = 0; i < EARLY; i++)
        pthread_join(threads[i], 0);
    for (int i = EARLY; i < ALL; i++)
        sem_post(&go);
    for (int i = EARLY; i < ALL; i++)
        pthread_join(threads[i], 0);
    return 0;
}
"""


def later(tool, work):
    """Findings of the program above."""
    with open(os.path.join(work, "later.c"), "w", encoding="utf-8") as file:
        file.write(LATER)
    subprocess.run(["gcc", "-O1", "-g", "later.c", "-o", "later", "-pthread"], cwd=work, check=True)
    subprocess.run([tool, "run", "--races=full", "--format=json", "--output=report.json", "--", "./later"],
                   cwd=work, timeout=200, check=False)
    with open(os.path.join(work, "report.json"), encoding="utf-8") as file:
        return json.load(file)["findings"]


def notes(tool, work, count):
    """What a run with so many threads tells besides findings, of which there are none."""
    run = subprocess.run([tool, "run", "--races=full", "--format=json", "--output=report.json", "--", "./many",
                          str(count)], cwd=work, timeout=200, check=False)
    with open(os.path.join(work, "report.json"), encoding="utf-8") as file:
        report = json.load(file)
    assert run.returncode == 0 and not report["findings"], (run.returncode, report["findings"])
    return [note for process in report["processes"] for note in process["notes"]]


def main():
    tool = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as work:
        with open(os.path.join(work, "many.c"), "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        subprocess.run(["gcc", "-O1", "-g", "many.c", "-o", "many", "-pthread"], cwd=work, check=True)
        few, many = notes(tool, work, 100), notes(tool, work, 400)
        found = later(tool, work)
    assert any("functions of 1 module are covered" in note for note in few), f"what is covered is told: {few}"
    assert not any("more threads" in note for note in few), f"100 threads: {few}"
    assert sum("more threads" in note for note in many) == 1, f"400 threads: {many}"
    assert [finding["kind"] for finding in found] == ["data-race"], f"of those too many: {found}"


main()
