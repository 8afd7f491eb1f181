# expect: data-race error table
import threading

table = {n: n for n in range(3)}


def read():
    for _ in range(20):
        sum(value for key, value in list(table.items()))
    try:
        for key in table:
            table[key]
    except RuntimeError:
        pass


def write():
    for n in range(100):
        table["k%d" % n] = n


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
