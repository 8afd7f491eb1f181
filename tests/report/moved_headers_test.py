#!/usr/bin/env python3
"""A library whose program headers, and a part of whose code, lie behind its .bss, as BOLT leaves them
(rustc's libraries): it is a module like any other, and its frames have names."""

import os
import struct
import subprocess

import support
from support import WORK, must, threadcheck

LIBRARY = r"""
#include <pthread.h>
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static char much[1 << 20]; /* .bss: memory without a name lies between the mappings of the file */
void twice_in_library(void) {
    much[5] = 1;
    pthread_mutex_lock(&first_lock);
    pthread_mutex_unlock(&first_lock);
    pthread_mutex_unlock(&first_lock);
}
"""
MAIN = r"""
#include <pthread.h>
void twice_in_library(void);
static void *work(void *unused) { twice_in_library(); return unused; }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, work, 0);
    pthread_join(thread, 0);
    return 0;
}
"""
LOAD, PAGE = 1, 4096


def move_headers(path):
    """Puts the program headers into a segment of their own, behind all others."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [bytearray(data[offset + i * size:offset + (i + 1) * size]) for i in range(count)]
    loads = [i for i, header in enumerate(headers) if struct.unpack_from("<I", header)[0] == LOAD]
    end = max(sum(struct.unpack_from("<Q", headers[i], at)[0] for at in (16, 40)) for i in loads)
    data += bytes(-len(data) % PAGE)
    address = (end + 2 * PAGE) & -PAGE
    length = (count + 1) * size
    headers.insert(loads[-1] + 1, struct.pack("<IIQQQQQQ", LOAD, 5, len(data), address, address,
                                              length, length, PAGE))
    struct.pack_into("<Q", data, 32, len(data))
    struct.pack_into("<H", data, 56, count + 1)
    data += b"".join(headers)
    with open(path, "wb") as file:
        file.write(data)


def main():
    with open(os.path.join(WORK, "library.c"), "w", encoding="utf-8") as file:
        file.write(LIBRARY)
    subprocess.run(["gcc", "-g", "-shared", "-fPIC", "library.c", "-o", "libmoved.so"], cwd=WORK, check=True)
    program = support.compile_c("main", MAIN, "-Wl,--no-as-needed", "-L.", "-lmoved", "-Wl,-rpath," + WORK)
    move_headers(os.path.join(WORK, "libmoved.so"))
    alone = subprocess.run([program], cwd=WORK, check=False)
    must(alone.returncode == 0, "the library with moved headers works")
    threadcheck("run", "--format=json", "--output=report.json", "--", program)
    findings = support.load("report.json")["findings"]
    must([finding["kind"] for finding in findings] == ["double-release"], f"one double-release: {findings}")
    frame = findings[0]["threads"][0]["stacks"][0]["frames"][0]
    must(frame.get("function") == "twice_in_library" and frame.get("line") == 9, f"its frame has a name: {frame}")
    must(findings[0]["objects"][0]["name"] == "first_lock", "and so has its lock")


main()
support.finish()
