# expect: none
"""An RLock may be taken again, and a try of a Lock blocks nobody."""
import threading

lock = threading.RLock()
plain = threading.Lock()


def outer():
    with lock:
        with lock:
            pass
    with plain:
        assert not plain.acquire(False)
        assert not plain.acquire(blocking=False)
        assert not plain.acquire(0)
        assert not plain.acquire(timeout=0.01)


thread = threading.Thread(target=outer)
thread.start()
thread.join()
