# expect: none
import threading


class Account:
    def __init__(self):
        self.total = 0
        self.lock = threading.Lock()

    def deposit(self, amount):
        with self.lock:
            self.total += amount


account = Account()


def work():
    for _ in range(100):
        account.deposit(1)


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(account.total)
