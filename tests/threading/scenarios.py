#!/usr/bin/env python3
"""What CPython's threading module does, as lines of text; scenarios.c says the same of threading.h.

Each scenario prints "name: outcome ...".  An outcome is what a call returned, or the exception.
Nothing here depends on speed: where order matters, threads wait until the others are in place.
"""

import math
import os
import subprocess
import sys
import threading
import time

SOON = 0.02


def outcome(function, *arguments, **more):
    try:
        return str(function(*arguments, **more))
    except BaseException as error:
        return type(error).__name__


def say(scenario, *words):
    text = [",".join(map(str, word)) if isinstance(word, list) else str(word) for word in words]
    print(f"{scenario}: {' '.join(text)}", flush=True)


def start(target, *arguments, **more):
    thread = threading.Thread(target=target, args=arguments, **more)
    thread.start()
    return thread


def in_thread(target, *arguments):
    start(target, *arguments).join()


def until(predicate):
    while not predicate():
        time.sleep(0.001)


def lock():
    l = threading.Lock()
    say("lock", outcome(l.acquire), outcome(l.acquire, False), outcome(l.acquire, True, SOON),
        outcome(l.acquire, True, 0), l.locked())
    say("lock arguments", outcome(l.acquire, False, 1), outcome(l.acquire, False, 0),
        outcome(l.acquire, True, -2), outcome(l.acquire, True, math.nan))
    say("lock release", outcome(l.release), outcome(l.release), l.locked())
    l.acquire()
    in_thread(lambda: say("lock released by another thread", outcome(l.release), l.locked()))
    say("lock taken with time-outs", outcome(l.acquire, True, 0), outcome(l.release),
        outcome(l.acquire, True, 5), outcome(l.release), outcome(l.acquire, False), outcome(l.release))


def rlock():
    l = threading.RLock()
    say("rlock", outcome(l.acquire), outcome(l.acquire, False), outcome(l.acquire, True, 5))
    in_thread(lambda: say("rlock elsewhere", outcome(l.acquire, False), outcome(l.acquire, True, SOON),
                          outcome(l.release), outcome(l.acquire, False, 1), outcome(l.acquire, True, -3)))
    say("rlock release", outcome(l.release), outcome(l.release))
    in_thread(lambda: say("rlock still held", outcome(l.acquire, False)))
    say("rlock last release", outcome(l.release), outcome(l.release))
    in_thread(lambda: say("rlock free", outcome(l.acquire, False), outcome(l.release)))


def condition_misuse():
    c = threading.Condition()
    say("condition without its lock", outcome(c.wait, SOON), outcome(c.notify), outcome(c.notify_all),
        outcome(c.release), outcome(c.wait_for, lambda: False, SOON), outcome(c.wait_for, lambda: True))
    c.acquire()
    in_thread(lambda: say("condition held elsewhere", outcome(c.wait, SOON), outcome(c.notify)))
    say("condition time-outs", outcome(c.wait, SOON), outcome(c.wait, 0),
        outcome(c.wait_for, lambda: False, SOON), outcome(c.notify, 5), outcome(c.notify, 0))
    c.release()
    l = threading.Lock()
    c = threading.Condition(l)
    l.acquire()
    in_thread(lambda: say("condition on a lock held elsewhere", outcome(c.notify)))
    say("condition on a lock", outcome(c.wait, SOON), l.locked(), outcome(c.release), l.locked())


def condition_order():
    c, woken, places = threading.Condition(), [], threading.Semaphore(0)

    def wait(number, timeout):
        with c:
            places.release()
            if c.wait(timeout):
                woken.append(number)
            else:
                woken.append(-number)

    def waiters(timeouts):
        threads = []
        for number, timeout in enumerate(timeouts, 1):
            threads.append(start(wait, number, timeout))
            places.acquire()
            with c:  # the waiter has given the lock up: it waits
                pass
        return threads

    threads = waiters([None] * 5)
    for count in (1, 1, 3):
        before = len(woken)
        with c:
            c.notify(count)
        until(lambda: len(woken) == before + count)
        say("condition notify", count, "wakes", sorted(woken[before:]))
    for thread in threads:
        thread.join()
    woken.clear()
    threads = waiters([None, None, 0.3, 0.3])
    with c:
        c.notify(2)
    for thread in threads:
        thread.join()
    say("condition notify and time-out", sorted(woken))
    woken.clear()
    threads = waiters([None] * 4)
    with c:
        c.notify_all()
    for thread in threads:
        thread.join()
    say("condition notify_all", sorted(woken))
    with c:
        c.notify_all()
        say("condition notify is not kept", outcome(c.wait, SOON))


def condition_levels():
    l = threading.RLock()
    c = threading.Condition(l)
    for _ in range(3):
        l.acquire()

    def notify():
        with c:
            c.notify()

    thread = start(notify)
    say("condition gives up all levels", outcome(c.wait), outcome(l.release), outcome(l.release),
        outcome(l.release), outcome(l.release))
    thread.join()


def semaphore():
    s = threading.Semaphore(2)
    say("semaphore", outcome(s.acquire), outcome(s.acquire, False), outcome(s.acquire, False),
        outcome(s.acquire, True, SOON), outcome(s.acquire, True, 0))
    say("semaphore arguments", outcome(s.acquire, False, 1), outcome(s.release, 0))
    say("semaphore above its start", outcome(s.release, 5), [outcome(s.acquire, False) for _ in range(6)])
    results = []
    threads = [start(lambda: results.append(s.acquire(timeout=5))) for _ in range(3)]
    s.release(3)
    for thread in threads:
        thread.join()
    say("semaphore wakes", len(results), all(results))


def bounded_semaphore():
    s = threading.BoundedSemaphore(2)
    say("bounded over-release", outcome(s.release), outcome(s.acquire), outcome(s.release, 2),
        outcome(s.release), outcome(s.release))
    say("bounded value unchanged", [outcome(s.acquire, False) for _ in range(3)])
    say("bounded arguments", outcome(s.release, 0), outcome(s.acquire, False, 1))
    s = threading.BoundedSemaphore()
    say("bounded default", outcome(s.acquire), outcome(s.acquire, False), outcome(s.release),
        outcome(s.release))


def event():
    e = threading.Event()
    say("event", e.is_set(), outcome(e.wait, SOON), outcome(e.wait, 0), outcome(e.set), e.is_set(),
        outcome(e.wait), outcome(e.wait, 0), outcome(e.set), outcome(e.clear), e.is_set())
    results, inside = [], []

    def wait():
        inside.append(1)
        results.append(e.wait(5))

    threads = [start(wait) for _ in range(3)]
    until(lambda: len(e._cond._waiters) == 3)
    e.set()
    e.clear()
    for thread in threads:
        thread.join()
    say("event pulse wakes those who wait", len(results), all(results), e.is_set())


def barrier():
    calls, indices = [], []
    b = threading.Barrier(3, action=lambda: calls.append(1))
    threads = [start(lambda: indices.append(b.wait())) for _ in range(3)]
    for thread in threads:
        thread.join()
    say("barrier round", sorted(indices), len(calls), b.parties, b.n_waiting, b.broken)
    results = []

    def wait(timeout=None):
        results.append(outcome(b.wait, timeout))

    def waiting(count):
        threads = [start(wait) for _ in range(count)]
        until(lambda: b.n_waiting == count)
        return threads

    threads = waiting(1)
    wait(SOON)
    for thread in threads:
        thread.join()
    say("barrier time-out", sorted(results), b.broken, outcome(b.wait), b.n_waiting)
    b.reset()
    say("barrier reset", b.broken, b.n_waiting)
    results.clear()
    threads = waiting(2)
    b.reset()
    for thread in threads:
        thread.join()
    say("barrier reset with waiters", results, b.broken, b.n_waiting)
    results.clear()
    threads = waiting(2)
    b.abort()
    for thread in threads:
        thread.join()
    say("barrier abort", results, b.broken, outcome(b.wait))
    b.reset()
    results.clear()
    threads = [start(wait) for _ in range(3)]
    for thread in threads:
        thread.join()
    say("barrier used again", sorted(results), len(calls))
    b = threading.Barrier(2, timeout=SOON)
    say("barrier default time-out", outcome(b.wait), b.broken)
    b = threading.Barrier(1)
    say("barrier of one", outcome(b.wait), outcome(b.wait))


def thread():
    go = threading.Event()
    t = threading.Thread(target=go.wait, name="worker")
    say("thread before start", t.name, t.daemon, t.ident is None, t.native_id is None, t.is_alive(),
        outcome(t.join))
    before = threading.active_count()
    say("thread start", outcome(t.start), outcome(t.start), t.is_alive(), t in threading.enumerate(),
        threading.active_count() - before)
    t.join(SOON)
    say("thread join with time-out", t.is_alive())
    go.set()
    say("thread join", outcome(t.join), outcome(t.join), outcome(t.join, 0), t.is_alive(),
        t in threading.enumerate(), threading.active_count() - before, outcome(t.start))
    in_thread(lambda: say("thread joins itself", outcome(threading.current_thread().join)))
    say("main thread", threading.main_thread().name, threading.main_thread() is threading.current_thread(),
        threading.main_thread().daemon, threading.main_thread().ident == threading.get_ident(),
        threading.main_thread().native_id == os.getpid(), outcome(threading.main_thread().join))
    ran = []
    t = threading.Thread(target=lambda: ran.append(threading.current_thread() is threading.main_thread()))
    t.run()
    say("thread run", ran)


def daemons():
    def parent():
        child = threading.Thread(target=lambda: None)
        other = threading.Thread(target=lambda: None, daemon=False)
        say("daemon is inherited", child.daemon, other.daemon)

    start(parent, daemon=True).join()
    t = threading.Thread(target=lambda: None)
    t.daemon = True
    t.start()

    def change():
        t.daemon = False

    say("daemon after start", t.daemon, outcome(change))
    t.join()


def local():
    class Value:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            released.append(self.name)

    released = []
    l = threading.local()
    l.x = Value("main")
    say("local", hasattr(l, "x"), outcome(getattr, l, "y"), outcome(delattr, l, "y"))

    def other():
        say("local elsewhere", hasattr(l, "x"), outcome(delattr, l, "x"))
        l.x = Value("replaced")
        l.x = Value("first")
        say("local replaced", released)
        l.y = Value("second")
        del l.y
        say("local deleted", released)

    in_thread(other)
    say("local after the thread", released, l.x.name)
    del l.x
    say("local at last", released)


def timer():
    calls = []
    t = threading.Timer(0.01, calls.append, ["fired"])
    say("timer before start", t.is_alive(), outcome(t.join))
    t.start()
    t.join()
    say("timer", calls, t.is_alive(), outcome(t.start), outcome(t.cancel))
    t = threading.Timer(1000, calls.append, ["not"])
    t.start()
    alive = t.is_alive()
    t.join(SOON)
    still = t.is_alive()
    t.cancel()
    t.join()
    say("timer cancelled", alive, still, t.is_alive(), calls)
    t = threading.Timer(0, calls.append, ["not"])
    t.cancel()
    t.start()
    t.join()
    say("timer cancelled before start", calls)


def at_exit():
    """In a process of its own: what is printed when its main thread returns."""
    import atexit
    atexit.register(lambda: say("at exit", "handler"))

    def late():
        time.sleep(0.1)
        say("at exit", "late thread")
        start(later)

    def later():
        time.sleep(0.05)
        say("at exit", "thread of a thread")

    def daemon():
        time.sleep(1000)
        say("at exit", "daemon")

    start(daemon, daemon=True)
    start(late)
    say("at exit", "main returns")


def main():
    if sys.argv[1:] == ["at_exit"]:
        return at_exit()
    for scenario in (lock, rlock, condition_misuse, condition_order, condition_levels, semaphore,
                     bounded_semaphore, event, barrier, thread, daemons, local, timer):
        scenario()
    ended = subprocess.run([sys.executable, __file__, "at_exit"])
    say("exit status", ended.returncode)


if __name__ == "__main__":
    main()
