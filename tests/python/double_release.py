# expect: double-release
"""A Lock that nobody holds is released."""
import threading

lock = threading.Lock()


def work():
    lock.acquire()
    lock.release()
    try:
        lock.release()
    except RuntimeError:
        pass


thread = threading.Thread(target=work)
thread.start()
thread.join()
