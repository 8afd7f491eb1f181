# expect: data-race error counts['x']
import threading

counts = {"x": 0}


def bump(n):
    counts["x"] += n
    return n


def work():
    [bump(n) for n in range(20)]
    {bump(n) for n in range(20)}


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
