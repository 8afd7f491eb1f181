#!/usr/bin/env python3
"""Libraries of more functions than a program usually has are covered in all of them: one that the
program is linked with, and one that it loads when it has had threads.

usage: many_functions_test.py THREADCHECK
"""

import json
import os
import subprocess
import sys
import tempfile

FUNCTIONS = 70000
LIBRARY = r"""
.text
.rept %(count)d
.p2align 4
.cfi_startproc
    incl %(name)s_counter(%%rip)
    ret
.cfi_endproc
.endr
.globl %(name)s_last
.type %(name)s_last, @function
%(name)s_last:
.cfi_startproc
    incl %(name)s_counter(%%rip)
    ret
.cfi_endproc
.size %(name)s_last, .-%(name)s_last
.local %(name)s_counter
.comm %(name)s_counter, 4
.section .note.GNU-stack, "", @progbits
"""
MAIN = r"""
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
void early_last(void);
static void *run(void *function) {
    ((void (*)(void))function)();
    return 0;
}
static void in_two_threads(void (*function)(void)) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], 0, run, (void *)function);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], 0);
}
int main(void) {
    in_two_threads(early_last);
    void *module = dlopen("./liblate.so", RTLD_NOW);
    void (*late)(void) = module ? (void (*)(void))dlsym(module, "late_last") : 0;
    if (!late)
        return 1;
    in_two_threads(late);
    puts("done");
    return 0;
}
"""


def main():
    tool = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as work:
        for name in ("early", "late"):
            with open(os.path.join(work, name + ".S"), "w", encoding="utf-8") as file:
                file.write(LIBRARY % {"name": name, "count": FUNCTIONS})
            subprocess.run(["gcc", "-shared", f"{name}.S", "-o", f"lib{name}.so"], cwd=work, check=True)
        with open(os.path.join(work, "main.c"), "w", encoding="utf-8") as file:
            file.write(MAIN)
        subprocess.run(["gcc", "-O1", "main.c", "-o", "main", "-L.", "-learly", "-Wl,-rpath," + work, "-pthread"],
                       cwd=work, check=True)
        run = subprocess.run([tool, "run", "--races=full", "--error-exitcode=0", "--format=json",
                              "--output=report.json", "--", "./main"],
                             cwd=work, stdout=subprocess.PIPE, timeout=200, check=False)
        with open(os.path.join(work, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
    assert (run.returncode, run.stdout) == (0, b"done\n"), f"it does what it does alone: {run}"
    notes = [note for process in report["processes"] for note in process["notes"] if "functions" in note]
    for wanted in (2, 1):  # the program and a library; a library
        note = next((note for note in notes if f"of {wanted} module" in note), "")
        covered, of, existing = note.replace("data races: ", "").split()[:3] if note else ("0", "", "0")
        by_caller = "1 acts by its caller's address" in note  # main, as it calls dlopen
        assert of == "of" and int(covered) > FUNCTIONS and int(covered) + by_caller == int(existing), \
            f"all are covered: {notes}"
    modules = sorted(os.path.basename(finding["threads"][0]["stacks"][0]["frames"][0]["module"])
                     for finding in report["findings"])
    assert modules == ["libearly.so", "liblate.so"], f"the race of each is told: {report['findings']}"


main()
