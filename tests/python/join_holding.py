# expect: deadlock (hang)
"""A thread is joined with a lock held that it needs."""
import threading

lock = threading.Lock()


def work():
    with lock:
        pass


with lock:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
