# expect: data-race error counts[('a', 1)]
import threading

counts = {}


def work():
    for _ in range(100):
        counts["a", 1] = 1 if False else 0
        key = ("a", 1)
        counts[key] = counts.get(key, 0) + 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
