# expect: lock-order-inversion
# findings: 1
"""Locks with every kind of name; two of them, of a class and of a list, in two orders."""
import threading
import time

many = [threading.Lock() for _ in range(2)]
table = {}
table["key"] = threading.Lock()


class Bank:
    shared = threading.Lock()

    def __init__(self):
        self.lock = threading.Lock()


bank = Bank()
transferred = False


def transfer():
    global transferred
    local = threading.Lock()
    with local, table["key"], Bank.shared:
        with bank.lock:
            with many[0]:
                pass
    transferred = True


def audit():
    while not transferred:
        time.sleep(0.001)
    with many[0]:
        with bank.lock:
            pass


threads = [threading.Thread(target=transfer), threading.Thread(target=audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
