# expect: data-race any account.balance of class Account
"""That a worker of a pool tells the pool that it is idle puts no order between its tasks and those
that come later: who they are given to is chance."""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor


class Account:
    def __init__(self, balance):
        self.balance = balance


account = Account(1000)
mine = threading.local()
offset = [os.memfd_create("step") for _ in range(5)]


def reach(step):
    os.lseek(offset[step], 1, os.SEEK_SET)


def wait_for(step):
    """The order of this run, by offsets of files, which order nothing that anybody sees."""
    while not os.lseek(offset[step], 0, os.SEEK_CUR):
        time.sleep(0.001)


def meet(me, other):
    reach(me)
    wait_for(other)


def first():
    mine.done = True
    account.balance -= 1
    reach(2)


def later(me, other):
    meet(me, other)
    if not hasattr(mine, "done"):
        account.balance -= 1


with ThreadPoolExecutor(2) as pool:
    pool.submit(meet, 0, 1)
    pool.submit(meet, 1, 0)  # now there are two workers
    pool.submit(first)
    wait_for(2)
    time.sleep(0.1)  # both are idle, most likely
    pool.submit(later, 3, 4)
    pool.submit(later, 4, 3)
print(account.balance)
