# expect: self-deadlock (hang)
"""The collector runs a finaliser, which takes a lock that the code it came upon holds."""
import gc
import threading

lock = threading.Lock()
closed = []


class Handle:
    def __init__(self):
        self.me = self

    def __del__(self):
        with lock:
            closed.append("handle")


def work():
    with lock:
        Handle()
        gc.collect()


thread = threading.Thread(target=work)
thread.start()
thread.join()
