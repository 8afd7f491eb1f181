# expect: data-race error Gate.busy
"""Both can find it free and both can take it."""
import threading
import time


class Gate:
    busy = False


def work():
    for _ in range(20):
        while Gate.busy:
            time.sleep(0.0001)
        Gate.busy = True
        Gate.busy = False


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
