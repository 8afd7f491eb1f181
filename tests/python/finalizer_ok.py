# expect: none
"""The same with a lock that its thread may take again."""
import gc
import threading

lock = threading.RLock()
closed = []


class Handle:
    def __init__(self):
        self.me = self

    def __del__(self):
        with lock:
            closed.append("handle")


def work():
    for _ in range(10):
        with lock:
            Handle()
            gc.collect()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(closed))
