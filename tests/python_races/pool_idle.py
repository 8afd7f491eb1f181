# expect: data-race any account.balance of class Account
"""That a worker of a pool tells the pool that it is idle puts no order between its tasks and those
that come later: who they are given to is chance."""
import threading
import time
from concurrent.futures import ThreadPoolExecutor


class Account:
    def __init__(self, balance):
        self.balance = balance


account = Account(1000)
mine = threading.local()


def first():
    mine.done = True
    account.balance -= 1


def later():
    time.sleep(0.2)
    if not hasattr(mine, "done"):
        account.balance -= 1


with ThreadPoolExecutor(2) as pool:
    for _ in range(2):
        pool.submit(time.sleep, 0.2)  # now there are two workers
    pool.submit(first)
    time.sleep(0.6)
    for _ in range(2):
        pool.submit(later)
print(account.balance)
