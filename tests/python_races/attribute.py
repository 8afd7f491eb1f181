# expect: data-race error self.total of class Account
import threading


class Account:
    def __init__(self):
        self.total = 0

    def deposit(self, amount):
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
