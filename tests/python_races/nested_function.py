# expect: data-race error totals['n']
import threading


def make():
    totals = {"n": 0}

    def outer():
        def inner():
            totals["n"] += 1

        for _ in range(50):
            inner()

    return outer


work = make()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
