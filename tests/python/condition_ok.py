# expect: none
"""Conditions as they are meant, with an RLock taken twice and with a plain Lock."""
import threading

for lock in (None, threading.RLock(), threading.Lock()):
    condition = threading.Condition(lock)
    items = []

    def consume():
        for _ in range(50):
            with condition:
                condition.wait_for(lambda: items)
                items.pop()

    def produce():
        for number in range(50):
            with condition:
                items.append(number)
                condition.notify()

    threads = [threading.Thread(target=consume), threading.Thread(target=produce)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with condition:
        condition.wait(0.01)
twice = threading.Condition()
with twice:
    with twice:
        twice.wait(0.01)
