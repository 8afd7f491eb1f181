"""transfer.py: two locks taken in two orders, by one thread after the other, so that nothing hangs.

    threadcheck run -- python3 transfer.py
"""

import threading


class Account:
    def __init__(self, balance):
        self.lock = threading.Lock()
        self.balance = balance


def transfer(source, target, amount):
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount


alice = Account(100)
bob = Account(100)
first = threading.Thread(target=transfer, args=(alice, bob, 10))
first.start()
second = threading.Thread(target=transfer, args=(bob, alice, 20))
second.start()
first.join()
second.join()
