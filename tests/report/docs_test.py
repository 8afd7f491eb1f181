#!/usr/bin/env python3
"""What the documents tell to type is there: commands, their options, and the library's options; and
what they show of the examples is what comes out."""

import glob
import os
import re
import subprocess

import support
from support import WORK, must, threadcheck

listed = threadcheck("help").stdout
commands = re.findall(r"^  (\w+) +\S", listed, re.M)
must("run" in commands and "analyze" in commands, f"commands: {commands}")
known = {name: set(re.findall(r"--[a-z][a-z-]*", threadcheck(name, "--help").stdout)) | {"--help"}
         for name in commands if name != "threadcheck"}
keys = set(re.findall(r"^  (\w+) ", threadcheck("list", "options").stdout, re.M))
must("races" in keys, f"options of the library: {keys}")

seen = 0
for path in ["README.md", *sorted(glob.glob("docs/**/*.md", root_dir=support.ROOT, recursive=True))]:
    with open(os.path.join(support.ROOT, path), encoding="utf-8") as document:
        text = document.read().replace("\\\n", " ")
    for command, rest in re.findall(r"threadcheck (\w+)([^`|\n]*)", text):
        if command not in known:
            continue
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.split(" -- ")[0]):
            must(option in known[command], f"{path}: threadcheck {command} has no {option}")
            seen += 1
    for value in re.findall(r"THREADCHECK_OPTIONS=[\"']?([\w=:./,-]+)", text):
        for key in re.findall(r"(?:^|:)(\w+)=", value):
            must(key in keys | {"key", "help"}, f"{path}: the library has no option {key}")
            seen += 1
must(seen > 30, f"only {seen} options found in the documents")


def plain(text):
    """Without what is another in each run."""
    return re.sub(r"0x[0-9a-f]+", "ADDRESS", text).strip()


def example(name, *flags):
    """Its name in the work directory; built from the top, as paths in reports are."""
    subprocess.run([os.environ.get("CC", "gcc"), "-O2", "-g", f"examples/{name}.c", "-o", os.path.join(WORK, name),
                    *flags, "-pthread"], cwd=support.ROOT, check=True)
    return "./" + name


def shown(path, command):
    """The indented block that begins with this command, without it."""
    with open(os.path.join(support.ROOT, path), encoding="utf-8") as text:
        block = text.read().split(f"    $ {command}\n")[1]
    return "\n".join(line[4:] for line in re.match(r"(?:    .*\n|\n(?=    ))*", block).group(0).splitlines())


report = threadcheck("run", "--", example("bank", *support.after_teller())).stderr.replace(support.ROOT + "/", "")
must(plain(shown("README.md", "threadcheck run -- ./bank")).startswith(plain(report)),
     f"README.md shows another report than\n{report}")

# docs/reading-a-report.md shows lines of the report that docs/findings/lock-order-inversion.md has whole.
whole = re.search(r"```text\n(.*?)```", support.document("findings/lock-order-inversion.md"), re.S).group(1)
whole = " ".join(whole.replace("lock-order-inversion.c", "bank.c").split())
annotated = re.search(r"```text\n(.*?)```", support.document("reading-a-report.md"), re.S).group(1)
annotated = annotated.split("threadcheck: 1 error")[0]
for part in re.sub(r" +\(\d\)$", "", annotated, flags=re.M).split("..."):
    part = plain(" ".join(part.split()))
    must(part in plain(whole), f"docs/reading-a-report.md shows what is not in the report: {part}")

library = ["-Iinclude", "-Wl,--whole-archive", "threading/libthreading.a", "-Wl,--no-whole-archive"]
for name in ("threading_pool", "threading_pulse", "threading_philosophers"):
    run = threadcheck("run", "--output=-", "--", example(name, *library))
    want = shown("docs/threading.md", "threadcheck run -- " + name).split("\n\n")[0]
    must(run.stdout.startswith(want), f"docs/threading.md shows another report of {name} than\n{run.stdout[:600]}")
# The own lock of docs/annotations.md, in the standards that the header promises.
with open(os.path.join(support.ROOT, "docs/annotations.md"), encoding="utf-8") as text:
    own = text.read().split("## Own locks\n\n")[1].split("\n\nFrom there")[0]
OWN = """
#include <stdbool.h>
#include <threadcheck/annotate.h>
struct ticket { int next, served; };
static void take_a_ticket_and_spin(struct ticket *lock) {
    int mine = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->served, __ATOMIC_ACQUIRE) != mine) {
    }
}
static bool try_to_take(struct ticket *lock) {
    int served = __atomic_load_n(&lock->served, __ATOMIC_ACQUIRE);
    return __atomic_compare_exchange_n(&lock->next, &served, served + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
static void serve_next(struct ticket *lock) {
    __atomic_store_n(&lock->served, lock->served + 1, __ATOMIC_RELEASE);
}
%s
static struct ticket tickets;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *other(void *unused) {
    bool got = ticket_try(&tickets);
    pthread_mutex_lock(&mutex);
    tc_assert_held(&mutex);
    pthread_mutex_unlock(&mutex);
    if (got)
        ticket_unlock(&tickets);
    return unused;
}
static void *one(void *unused) {
    pthread_mutex_lock(&mutex);
    ticket_lock(&tickets);
    ticket_unlock(&tickets);
    pthread_mutex_unlock(&mutex);
    return unused;
}
int main(void) {
    pthread_t thread;
    tc_name(&tickets, "tickets");
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, NULL, i ? other : one, NULL);
        if (i == 0)
            pthread_join(thread, NULL);
    }
    pthread_join(thread, NULL);
    return 0;
}
""" % "\n".join(line[4:] for line in own.splitlines())
for compiler, standard, *more in (("gcc", "-std=c11"), ("gcc", "-std=gnu99"), ("g++", "-std=c++11"), ("clang", "-std=c11"),
                                  ("gcc", "-std=c11", "-DNDEBUG_THREADCHECK")):
    name = os.path.join(WORK, "own.cc" if compiler == "g++" else "own.c")
    with open(name, "w", encoding="utf-8") as file:
        file.write(OWN)
    built = subprocess.run([compiler, standard, *more, "-Wall", "-Wextra", "-Werror", "-g", "-Iinclude", name, "-o",
                            os.path.join(WORK, "own"), "-pthread"], cwd=support.ROOT, stderr=subprocess.PIPE, text=True)
    must(built.returncode == 0, f"{compiler} {standard} {more}: {built.stderr[:500]}")
    run = threadcheck("run", "--min-severity=info", "--", "./own")
    must(("tickets" in run.stderr) == (not more), f"{compiler} {standard} {more}: an own lock is known: {run.stderr[:500]}")
support.finish()
