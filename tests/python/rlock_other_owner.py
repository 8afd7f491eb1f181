# expect: release-by-non-owner
"""An RLock is released by a thread that does not own it."""
import threading

lock = threading.RLock()


def work():
    try:
        lock.release()
    except RuntimeError:
        pass


with lock:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
