# expect: lock-order-inversion
"""Two locks in two orders; the threads do not meet in this run."""
import threading
import time


class Accounts:
    def __init__(self):
        self.lock = threading.Lock()


accounts = Accounts()
audit_lock = threading.RLock()
transferred = False  # orders nothing as far as anybody can know


def transfer():
    global transferred
    with accounts.lock:
        with audit_lock:
            pass
    transferred = True


def audit():
    while not transferred:
        time.sleep(0.001)
    with audit_lock:
        with accounts.lock:
            pass


first = threading.Thread(target=transfer, name="teller")
second = threading.Thread(target=audit, name="auditor")
first.start()
second.start()
first.join()
second.join()
