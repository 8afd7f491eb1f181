# expect: lock-held-at-thread-exit
"""A thread ends with a lock held."""
import threading

lock = threading.Lock()


def work():
    lock.acquire()


thread = threading.Thread(target=work)
thread.start()
thread.join()
