#!/usr/bin/env python3
"""What the shim exports and what it needs.

Exported: the interceptor table, the annotations and the table for libraries, nothing else.  Needed: nothing that allocates,
prints or looks symbols up at run time, and no library but libc and the loader.
"""

import os
import re
import subprocess
import sys

import checkout

SHIM = os.path.realpath(sys.argv[2])
FORBIDDEN = re.compile(
    r"^(malloc|calloc|realloc|reallocarray|free|memalign|posix_memalign|aligned_alloc|strdup|strndup|"
    r"(v|f|s|sn|as|vf|vs|vsn|vas|d|vd)?printf|__\w*printf_chk|puts|fputs|putc|fputc|putchar|perror|"
    r"fopen|fdopen|fclose|fflush|fread|fwrite|fgets|getline|stderr|"
    r"_Unwind_\w+|backtrace\w*|__assert_fail|exit|abort|qsort|localtime|gettext)$")
LIBRARIES = re.compile(r"^(libc\.so|ld-linux|libpthread\.so|libdl\.so|libm\.so|librt\.so)")


def symbols(*options):
    lines = subprocess.run(["nm", "-D", *options, SHIM], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    # Type A: the versions themselves.
    return {line.split()[-1].split("@")[0] for line in lines if line.split() and line.split()[-2] != "A"}


def interceptors():
    """Names that programs call, by the table."""
    table = "preload/interceptors.def"
    names = {row[1] for row in checkout.rows(table, "TC_INTERCEPT")}
    return names | {row[1] for row in checkout.rows(table, "TC_INTERCEPT_OLD")}


def annotations():
    """Functions that annotate.h declares for the shim to define."""
    return set(re.findall(r"\b(threadcheck_\w+)\s*\(", checkout.read("include/threadcheck/annotate.h")))


def library_tables():
    """What libraries of synchronisation objects look up."""
    return set(re.findall(r"^extern (?:const )?struct \w+ (tc_\w+);",
                          checkout.read("include/threadcheck/library.h"), re.M))


exported = symbols("--defined-only")
# What -fsanitize=thread calls, and what programs of sanitizers may call: tests/tsan compares.
SANITIZER = ("__tsan_", "__sanitizer_", "Annotate", "WTFAnnotate", "RunningOnValgrind", "ValgrindSlowdown",
             "ThreadSanitizerQuery")
compiled = {name for name in exported if name.startswith(SANITIZER)} | {"atexit"}
compiled |= {row[0] for row in checkout.rows("preload/newest.def", "TC_NEWEST")}
known = interceptors() | annotations() | library_tables() | compiled
for name in sorted(exported - known):
    checkout.complain(f"exported but neither an interceptor nor an annotation: {name}")
for name in sorted(interceptors() - exported):
    checkout.complain(f"in the table but not exported: {name}")
for name in sorted(symbols("--undefined-only")):
    if FORBIDDEN.match(name):
        checkout.complain(f"the shim must not use {name}")
dynamic = subprocess.run(["readelf", "-d", SHIM], stdout=subprocess.PIPE, text=True, check=True).stdout
for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
    if not LIBRARIES.match(library):
        checkout.complain(f"the shim must not need {library}")
checkout.finish(f"{len(exported)} exported symbols")
