#!/usr/bin/env python3
"""A library that is too large to be covered orders the program's threads by atomic instructions of its
own, which nobody sees: what is taken for a race then is possible, and no error.

usage: far_test.py THREADCHECK
"""

import json
import os
import subprocess
import sys
import tempfile

LIBRARY = r"""
#include <stdatomic.h>
static atomic_int held;
void take(void) { while (atomic_exchange(&held, 1)) { } }
void give(void) { atomic_store_explicit(&held, 0, memory_order_release); }
__asm__(".text\n.globl much\n.type much,@function\nmuch:\n.cfi_startproc\n.fill 100 << 20, 1, 0xcc\n.cfi_endproc\n.size much,.-much\n");
"""
MAIN = r"""
#include <pthread.h>
#include <stdio.h>
void take(void);
void give(void);
static long counter;
static void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        take();
        counter++;
        give();
    }
    return unused;
}
int main(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], 0, work, 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
    printf("%ld\n", counter);
    return 0;
}
"""


def main():
    tool = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as work:
        for name, text in (("large.c", LIBRARY), ("main.c", MAIN)):
            with open(os.path.join(work, name), "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "large.c", "-o", "liblarge.so"], cwd=work, check=True)
        subprocess.run(["gcc", "-O1", "-g", "main.c", "-o", "main", "-L.", "-llarge", "-Wl,-rpath," + work,
                        "-pthread"], cwd=work, check=True)
        run = subprocess.run([tool, "run", "--races=full", "--min-severity=info", "--format=json", "--output=report.json", "--", "./main"],
                             cwd=work, stdout=subprocess.PIPE, timeout=200, check=False)
        with open(os.path.join(work, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
    assert (run.returncode, run.stdout) == (0, b"2000\n"), f"it does what it does alone: {run}"
    notes = [note for process in report["processes"] for note in process["notes"]]
    assert any("out of reach" in note for note in notes), f"what is left is told: {notes}"
    assert report["findings"], "and the pair is told, too"
    for finding in report["findings"]:
        assert (finding["severity"], finding["confidence"]) == ("info", "possible"), finding
        assert "could be covered" in finding["explanation"], finding["explanation"]


main()
