#!/usr/bin/env python3
"""A thread of a runtime that ends with its lock on purpose, as Java's VM thread does, is a remark; one
of any other name that does the same is a warning."""

import os
import subprocess

import support
from support import WORK, must, threadcheck

LIBRARY = r"""
#include <pthread.h>
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
void begin_last_safepoint(void) { pthread_mutex_lock(&threads_lock); }
"""
MAIN = r"""
#include <pthread.h>
void begin_last_safepoint(void);
static void *work(void *name) {
    pthread_setname_np(pthread_self(), name);
    begin_last_safepoint();
    return 0;
}
int main(int argc, char **argv) {
    pthread_t thread;
    pthread_create(&thread, 0, work, argv[argc - 1]);
    pthread_join(thread, 0);
    return 0;
}
"""


def ends(program, name):
    """The one finding of a run in which a thread of this name ends with the lock."""
    threadcheck("run", "--format=json", "--output=report.json", "--min-severity=info", "--", program, name)
    findings = support.load("report.json")["findings"]
    must([finding["kind"] for finding in findings] == ["lock-held-at-thread-exit"], f"{name}: {findings}")
    return findings[0]


def main():
    with open(os.path.join(WORK, "library.c"), "w", encoding="utf-8") as file:
        file.write(LIBRARY)
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "library.c", "-o", "libjvm.so"], cwd=WORK, check=True)
    program = support.compile_c("main", MAIN, "-Wl,--no-as-needed", "-L.", "-ljvm", "-Wl,-rpath," + WORK)
    java, other = ends(program, "VM Thread"), ends(program, "worker")
    must(java["severity"] == "info", f"the VM thread: {java['severity']}")
    must("safepoint" in java["explanation"], f"it says why: {java['explanation']}")
    must(other["severity"] == "warning", f"another thread: {other['severity']}")
    must("safepoint" not in other["explanation"], f"another thread: {other['explanation']}")


main()
support.finish()
