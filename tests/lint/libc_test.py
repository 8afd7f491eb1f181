#!/usr/bin/env python3
"""Every function of libc that synchronises threads is in interceptors.def, or here with a reason."""

import re
import subprocess

import checkout

SYNCHRONISES = re.compile(
    r"^(pthread_(mutex|rwlock|spin|cond|barrier|once|create|join|tryjoin|timedjoin|clockjoin|detach|"
    r"exit|setname)(_\w+)?|sem_\w+|mtx_\w+|cnd_\w+|thrd_\w+|call_once|"
    r"_?(fork|_Fork|exit|_Exit|quick_exit)|exec\w+|fexecve|sigaction|signal|pthread_sigmask|"
    r"sigprocmask|_?longjmp|siglongjmp)$")

EXCEPTIONS = {
    "pthread_mutex_consistent": "mends an orphaned mutex that its caller holds: no holder changes",
    "pthread_mutex_consistent_np": "old name of the same",
    "pthread_mutex_getprioceiling": "reads",
    "pthread_mutex_setprioceiling": "locks and unlocks by itself, within the call",
    "pthread_kill_other_threads_np": "does nothing since glibc 2.4",
    "sem_getvalue": "reads",
    "sem_unlink": "acts on a name; the semaphore lives until it is closed",
    "thrd_current": "reads",
    "thrd_equal": "compares",
    "thrd_sleep": "sleeps",
    "thrd_yield": "yields",
    "exit": "on_exit tells its status to the recorder, also when main returns",
}


def exported_by_libc():
    """Names that the C library defines."""
    path = re.search(r"=> (/\S+/libc\.so\.6)", subprocess.run(
        ["ldd", "/bin/sh"], stdout=subprocess.PIPE, text=True, check=True).stdout).group(1)
    lines = subprocess.run(["nm", "-D", "--defined-only", path], stdout=subprocess.PIPE, text=True,
                           check=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


TABLE = "preload/interceptors.def"
rows = checkout.rows(TABLE, "TC_INTERCEPT") + checkout.rows(TABLE, "TC_INTERCEPT_OLD")
table = {row[1] for row in rows}
libc = exported_by_libc()
wanted = sorted(name for name in libc if SYNCHRONISES.match(name))
for name in wanted:
    if name not in table and name not in EXCEPTIONS:
        checkout.complain(f"libc exports {name}, which is neither in {TABLE} nor an exception here")
for name in sorted(table & set(EXCEPTIONS)):
    checkout.complain(f"{name} is both in {TABLE} and an exception here")
for name in sorted(table - libc):
    if not name.startswith("__cxa_guard_"):
        checkout.complain(f"{name} of {TABLE} is not in libc")
checkout.finish(f"{len(wanted)} functions of libc")
