# expect: data-race error self.__count of class Vault
import threading


class Vault:
    def __init__(self):
        self.__count = 0

    def open(self):
        self.__count += 1


vault = Vault()


def work():
    for _ in range(50):
        vault.open()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
