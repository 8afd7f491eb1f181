#!/usr/bin/env python3
"""Names and lines in reports: members and elements, namespaces, inlined frames, separate debug
files, programs without debug information, and programs that were changed after the run."""

import os
import shutil
import subprocess

import support
from support import WORK, must, threadcheck

CPP = r"""
#include <mutex>
#include <pthread.h>
#include <thread>
namespace bank {
struct Account {
    int id = 0;
    std::mutex lock;
};
struct Pool {
    pthread_mutex_t cells[2][3];
};
static Account accounts[4];
Pool pool;
static volatile int went; // in time, but ordered by nothing that counts
template <class T> struct Ledger {
    std::mutex mutex_;
    void add(Account &account) {
        std::lock_guard<std::mutex> outer(mutex_);
        std::lock_guard<std::mutex> inner(account.lock);
    }
    void check(Account &account) {
        std::lock_guard<std::mutex> outer(account.lock);
        std::lock_guard<std::mutex> inner(mutex_);
    }
};
static inline __attribute__((always_inline)) void take(pthread_mutex_t *a, pthread_mutex_t *b) {
    pthread_mutex_lock(a);
    pthread_mutex_lock(b);
    pthread_mutex_unlock(b);
    pthread_mutex_unlock(a);
}
__attribute__((noinline)) void forward() { take(&pool.cells[0][1], &pool.cells[1][2]); }
__attribute__((noinline)) void backward() { take(&pool.cells[1][2], &pool.cells[0][1]); }
}
int main() {
    auto *ledger = new bank::Ledger<int>;
    std::thread([&] { ledger->add(bank::accounts[2]); bank::forward(); }).join();
    std::thread *late = nullptr;
    std::thread one([&] { ledger->add(bank::accounts[2]); bank::forward(); bank::went = 1; });
    struct timespec pause = {0, 1000000};
    while (!bank::went)
        nanosleep(&pause, nullptr);
    late = new std::thread([&] {
        static std::mutex in_lambda;
        struct Local {
            static void take(std::mutex &mutex) {
                mutex.lock();
            }
        };
        Local::take(in_lambda);
        ledger->check(bank::accounts[2]);
        bank::backward();
    });
    one.join();
    late->join();
    delete late;
    delete ledger;
}
"""

C = r"""
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
_Atomic int rounds;
pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
struct session { long id; pthread_mutex_t lock; };
static struct { char before[100000]; pthread_mutex_t lock; } large;
static void make(pthread_mutex_t *lock) { pthread_mutex_init(lock, NULL); }
static volatile int paid; /* in time, but ordered by nothing that counts */
static void pass(void) {
    struct timespec pause = {0, 1000000};
    while (!paid)
        nanosleep(&pause, NULL);
}
static void *pay(void *x) {
    struct session *session = x;
    atomic_store(&rounds, 1);
    pthread_mutex_lock(&accounts);
    pthread_mutex_lock(&session->lock);
    pthread_mutex_unlock(&session->lock);
    pthread_mutex_unlock(&accounts);
    paid = 1;
    return x;
}
static void *print_audit(void *x) {
    static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
    struct session *session = x;
    pthread_mutex_lock(&session->lock);
    pthread_mutex_lock(&accounts);
    pthread_mutex_unlock(&accounts);
    pthread_mutex_unlock(&session->lock);
    pthread_mutex_lock(&inner);
    pthread_mutex_lock(&large.lock);
    return x;
}
int main(void) {
    struct session *first = malloc(sizeof(*first));
    make(&first->lock);
    pthread_t one, two;
    pthread_create(&one, NULL, pay, first);
    pass();
    pthread_create(&two, NULL, print_audit, first);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}
"""


def run(binary, *options):
    threadcheck("run", "--format=json", "--output=out.json", *options, "--", binary)
    return support.load("out.json")


def frames(report):
    return [f for x in report["findings"] for t in x["threads"] for s in t["stacks"] for f in s["frames"]]


def objects(report):
    return {o["name"] for f in report["findings"] for o in f["objects"]}


def cplusplus(compiler, *flags):
    with open(os.path.join(WORK, "names.cc"), "w", encoding="utf-8") as file:
        file.write(CPP)
    subprocess.run([compiler, "-std=c++17", *flags, "names.cc", "-o", "names", "-pthread"],
                   cwd=WORK, check=True)
    report = run("./names")
    what = " ".join([compiler, *flags])
    unknown = {f["function"] for f in frames(report) if f["role"] == "program" and not f["line"]}
    must(not unknown, f"{what}: lines, also in lambdas and local classes: {unknown}")
    must("in_lambda" in objects(report), f"{what}: a static of a lambda: {objects(report)}")
    wanted = {"bank::accounts[2].lock", "bank::pool.cells[0][1]", "bank::pool.cells[1][2]"}
    must(wanted <= objects(report), f"{what}: objects {objects(report)}")
    must(any("mutex_" in name for name in objects(report)), f"{what}: a member by its source")
    functions = {f["function"] for f in frames(report)}
    must({"bank::take", "bank::forward", "bank::backward", "bank::Ledger<int>::add"} <= functions,
         f"{what}: functions {functions}")
    inlined = [f for f in frames(report) if f["function"] == "bank::take"]
    must(inlined and all(f["inlined"] and f["line"] for f in inlined), f"{what}: inlined frames")
    lines = CPP.split("\n")
    for frame in inlined:
        must("pthread_mutex_lock" in lines[frame["line"] - 1], f"{what}: line of {frame}")


def debug_files():
    binary = support.compile_c("names_c", C)
    report = run(binary, "--trace=kept")
    must({"accounts", "first->lock", "inner", "large.lock"} <= objects(report), f"C: objects {objects(report)}")
    ids = {f["id"] for f in report["findings"]}

    def again():
        done = threadcheck("analyze", "--format=json", "--output=out.json", "kept")
        must(done.returncode == 66, f"analyze: {done.returncode} {done.stderr}")
        return support.load("out.json")

    def here(*command):
        subprocess.run(command, cwd=WORK, check=True)

    shutil.copy(os.path.join(WORK, "names_c"), os.path.join(WORK, "whole"))
    here("objcopy", "--only-keep-debug", "names_c", "names_c.debug")
    here("strip", "names_c")
    here("objcopy", "--add-gnu-debuglink=names_c.debug", "names_c")
    report = again()
    must({f["id"] for f in report["findings"]} == ids, "a separate debug file: the same ids")
    must(any(f["function"] == "pay" and f["line"] for f in frames(report)), "a separate debug file")

    os.unlink(os.path.join(WORK, "names_c.debug"))
    report = again()
    must(all("+0x" in f["function"] for f in frames(report)), "stripped: file and offset")

    support.compile_c("names_c", C.replace("pay", "another_name"), "-O2")
    report = again()
    must(all("+0x" in f["function"] for f in frames(report)), "changed: no names of another build")
    notes = " ".join(report["processes"][0]["notes"])
    must("names_c" in notes and "changed" in notes, f"changed: said so: {notes}")

    os.unlink(os.path.join(WORK, "names_c"))
    notes = " ".join(again()["processes"][0]["notes"])
    must("names_c" in notes, f"gone: said so: {notes}")

    shutil.copy(os.path.join(WORK, "whole"), os.path.join(WORK, "names_c"))
    must({f["id"] for f in again()["findings"]} == ids, "back again: the same ids")

    with open(os.path.join(WORK, "names_c.c"), "w", encoding="utf-8") as file:
        file.write(C)
    subprocess.run(["gcc", "names_c.c", "-o", "plain", "-pthread"], cwd=WORK, check=True)
    report = run("./plain")
    functions = {f["function"] for f in frames(report)}
    must({"pay", "print_audit"} <= functions and "accounts" in objects(report),
         f"no debug information: {functions} {objects(report)}")


def sources(compiler, name, text, *flags):
    """A later time alone, as a checkout or a cached build leaves it, changes nothing; a source whose
    lines moved is not quoted as if it were the one that the program was built from."""
    source = os.path.join(WORK, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run([compiler, *flags, name, "-o", "sources", "-pthread"], cwd=WORK, check=True)
    before = os.path.getmtime(source) - 100  # later than that of the system's headers
    os.utime(os.path.join(WORK, "sources"), (before, before))
    what = f"{compiler} {name} {flags}"
    kept = f"{what}.kept".replace(" ", "")
    report = run("./sources", f"--trace={kept}")
    named = objects(report)
    must(not any(f.get("stale") for f in frames(report)), f"{what}: only the time is later")

    def again(changed):
        with open(source, "w", encoding="utf-8") as file:
            file.write(changed)
        threadcheck("analyze", "--format=json", "--output=out.json", kept)
        report = support.load("out.json")
        stale = {f["line"]: f.get("stale", False) for f in frames(report) if f["file"] == source}
        return objects(report), stale

    got, stale = again(text + "\n// one more line\n")
    must(got == named and not any(stale.values()), f"{what}: more lines at the end: {got} {stale}")
    got, stale = again("// one more line\n// another\n" + text)
    must(stale and all(stale.values()), f"{what}: all lines moved: {stale}")
    got, stale = again("")
    must(stale and all(stale.values()), f"{what}: emptied: {stale}")
    os.unlink(source)


for flags in (("-g", "-O0"), ("-g", "-O2"), ("-g", "-O1", "-gdwarf-4")):
    cplusplus("g++", *flags)
if shutil.which("clang++"):
    cplusplus("clang++", "-g", "-O0")
    cplusplus("clang++", "-g", "-O1")
debug_files()
for compiler in ("gcc", "clang"):
    sources(compiler, "sources.c", C, "-g", "-O1")
    sources(compiler, "sources.c", C, "-g", "-O2", "-gdwarf-4")
sources("g++", "sources.cc", CPP, "-g", "-O1", "-std=c++17")
support.finish()
