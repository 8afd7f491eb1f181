# expect: none
# Accounts pay each other, with their locks in one order.
import threading
class Account:
    def __init__(self, n): self.n = n; self.lock = threading.RLock(); self.balance = 10
    def pay(self, other):
        x, y = sorted((self, other), key=lambda k: k.n)
        with x.lock, y.lock: self.balance -= 1; other.balance += 1
a, b = Account(1), Account(2)
ts = [threading.Thread(target=a.pay, args=(b,)) if i % 2 else threading.Thread(target=b.pay, args=(a,)) for i in range(6)]
[t.start() for t in ts]; [t.join() for t in ts]
