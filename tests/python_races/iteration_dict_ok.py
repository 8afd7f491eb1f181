# expect: none
import threading

table = {n: n for n in range(3)}
lock = threading.Lock()


def read():
    with lock:
        for key in table:
            table[key]
    for key in list(table):
        pass


def write():
    for n in range(100):
        with lock:
            table["k%d" % n] = n


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
