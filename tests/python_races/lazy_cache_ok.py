# expect: none
import threading

cache = {}


def work():
    cache.setdefault("answer", 42)
    return cache["answer"]


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
