#!/usr/bin/env python3
"""Whatever a program built with -fsanitize=thread may refer to is defined by the shim, or by libc.

Compared are the functions of gcc's libtsan, what the headers of both compilers declare, and what the
compilers make of a program with every kind of access, by the options that change it.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile

import checkout

SHIM = os.path.realpath(sys.argv[2])
# What else libtsan has for itself: its unwinder and demangler, and C++ functions that it would call.
INTERNAL = re.compile(r"^(__asan_\w+|__sancov_\w+|_ZN6__tsan\w+|__interceptor_\w+|___interceptor_\w+)$")
# Its wrappers of what is no function of libc: macros, names that no header makes, and libcrypt's, which
# a program that calls them needs with gcc's library, too.
NOWHERE = {"sigsetjmp", "xdr_destroy", "crypt", "crypt_r"} | {
    "__isoc99_" + name for name in ("printf", "fprintf", "sprintf", "snprintf", "vprintf", "vfprintf", "vsprintf",
                                    "vsnprintf")}
HEADERS = ("tsan_interface.h", "tsan_interface_atomic.h", "linux_syscall_hooks.h")
KINDS = r"""
#include <stdatomic.h>
#include <string.h>
struct odd { char c; int i; } __attribute__((packed));
struct large { char bytes[100]; };
typedef int four __attribute__((vector_size(16)));
volatile char vc; volatile short vs; volatile int vi; volatile long vl; volatile __int128 vo;
char c; short s; int i; long l; __int128 o; four v; struct odd *p; struct large a, b;
atomic_char ac; atomic_short as; atomic_int ai; atomic_long al; _Atomic __int128 ao;
void plain(four *at) {
    c++; s++; i++; l++; o++; v += *at; p->i++; a = b;
    vc++; vs++; vi++; vl++; vo++;
}
#define ATOMICS(x) x++; x--; x |= 1; x &= 3; x ^= 1; atomic_exchange(&x, 2); \
    atomic_store(&x, atomic_load(&x)); { __typeof__(x + 0) e = 1; } __atomic_fetch_nand(&(*(__typeof__(x + 0) *)&x), 1, 5)
void atomics(void) {
    ATOMICS(al); ATOMICS(ai);
    ac++; as--; ac |= 1; as &= 3; ac ^= 1; atomic_exchange(&as, 2); atomic_store(&ac, atomic_load(&ac));
    int one = 1; long two = 2; __int128 three = 3;
    atomic_compare_exchange_strong(&ai, &one, 2); atomic_compare_exchange_weak(&al, &two, 3);
    __sync_val_compare_and_swap(&i, 1, 2); __sync_bool_compare_and_swap(&l, 1, 2);
    atomic_thread_fence(memory_order_seq_cst); atomic_signal_fence(memory_order_seq_cst);
    atomic_store(&ao, three); ao++; atomic_compare_exchange_strong(&ao, &three, 4);
}
void calls(char *to, int n) { memcpy(to, &a, n); memmove(to, to + 1, n); memset(to, 0, n); }
"""
VIRTUAL = "struct Base { virtual ~Base(); virtual int f(); }; int g(Base *b) { int r = b->f(); delete b; return r; }" \
          "Base::~Base() {} int Base::f() { return 1; } struct More : Base { int f() override { return 2; } };" \
          "More *make() { return new More; }"


def names(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {line.split()[-1].split("@")[0] for line in done.stdout.splitlines() if line.split()}


def defined(library):
    return names("nm", "-D", "--defined-only", library)


def file_of(compiler, name):
    return subprocess.run([compiler, "-print-file-name=" + name], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.strip()


ours = defined(SHIM)
everywhere = ours | set().union(*(defined(os.path.realpath(file_of("gcc", name)))
                                  for name in ("libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6",
                                               "libresolv.so.2", "ld-linux-x86-64.so.2")))
wanted = 0


def want(symbols, where):
    global wanted
    wanted += len(symbols)
    for name in sorted(symbols - everywhere):
        checkout.complain(f"{where}: not defined: {name}")


library = os.path.realpath(file_of("gcc", "libtsan.so"))
want({name for name in defined(library) if not INTERNAL.match(name)} - NOWHERE, library)

for compiler in ("gcc", "clang"):
    for header in HEADERS:
        for path in glob.glob(os.path.join(file_of(compiler, "include"), "sanitizer", header)):
            with open(path, encoding="utf-8") as text:
                declared = re.sub(r"//[^\n]*", "", text.read())
            macros = set(re.findall(r"#\s*define\s+(\w+)", declared))
            want(set(re.findall(r"\b(__(?:tsan|sanitizer)_\w+)\s*\(", declared)) - macros, path)

OPTIONS = {
    "gcc": [[], ["--param=tsan-distinguish-volatile=1"], ["--param=tsan-instrument-func-entry-exit=0"],
            ["-fsanitize-coverage=trace-pc"], ["-fsanitize-coverage=trace-cmp"]],
    "clang": [[], ["-mllvm", "-tsan-compound-read-before-write"], ["-mllvm", "-tsan-distinguish-volatile"],
              ["-mllvm", "-tsan-instrument-read-before-write"],
              ["-fsanitize-coverage=trace-pc-guard,trace-cmp,trace-div,trace-gep,indirect-calls"]],
}
with tempfile.TemporaryDirectory() as directory:
    for compiler, variants in OPTIONS.items():
        for options in variants:
            for language, text, standard in (("c", KINDS, "gnu11"), ("c++", VIRTUAL, "c++17")):
                for level in ("-O0", "-O2"):
                    item = os.path.join(directory, "item.o")
                    subprocess.run([compiler, "-x", language, "-std=" + standard, level, "-w", "-mcx16", "-fsanitize=thread",
                                    *options, "-c", "-o", item, "-"], input=text, text=True, check=True)
                    used = names("nm", "-u", item)
                    want({n for n in used if re.match(r"__tsan|__sanitizer", n)}, f"{compiler} {options} {level}")

if wanted < 1000:
    checkout.complain(f"only {wanted} symbols were asked for")
checkout.finish(f"{wanted} symbols")
