# expect: lock-order-inversion
# Two accounts pay each other, each with its own lock first.
import threading
class Account:
    def __init__(self): self.lock = threading.RLock(); self.balance = 10
    def pay(self, other):
        with self.lock:
            with other.lock: self.balance -= 1; other.balance += 1
a, b = Account(), Account()
started = threading.Event()
t = threading.Thread(target=lambda: (a.pay(b), started.set()))
u = threading.Thread(target=lambda: b.pay(a))
t.start()
while not started.is_set(): pass
u.start(); t.join(); u.join()
