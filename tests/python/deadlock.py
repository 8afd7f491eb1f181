# expect: deadlock (hang)
"""Two locks in two orders, and both threads have their first one."""
import threading

first_lock = threading.Lock()
second_lock = threading.Lock()
meet = threading.Barrier(2)


def one():
    with first_lock:
        meet.wait()
        with second_lock:
            pass


def other():
    with second_lock:
        meet.wait()
        with first_lock:
            pass


threads = [threading.Thread(target=one), threading.Thread(target=other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
