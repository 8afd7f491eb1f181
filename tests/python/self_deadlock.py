# expect: self-deadlock (hang)
"""A Lock is asked for by the thread that has it."""
import threading

lock = threading.Lock()


def outer():
    with lock:
        inner()


def inner():
    with lock:
        pass


thread = threading.Thread(target=outer)
thread.start()
thread.join()
