#!/usr/bin/env python3
"""Of more threads at once than races are looked for in, the report says that there were; of fewer,
nothing.

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
    assert any("functions of 1 module are covered" in note for note in few), f"what is covered is told: {few}"
    assert not any("more threads" in note for note in few), f"100 threads: {few}"
    assert sum("more threads" in note for note in many) == 1, f"400 threads: {many}"


main()
