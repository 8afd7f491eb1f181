# expect: none
import threading
import time


class Item:
    def __init__(self):
        self.n = 0


inbox = []


def produce():
    for _ in range(20):
        item = Item()
        item.n += 1
        inbox.append(item)
        time.sleep(0.0005)


def consume():
    got = 0
    while got < 20:
        if inbox:
            item = inbox.pop()
            item.n += 1
            got += 1
        else:
            time.sleep(0.0005)


threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
