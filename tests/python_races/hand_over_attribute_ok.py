# expect: none
import threading
import time


class Result:
    def __init__(self):
        self.n = 0


class Box:
    value = None


box = Box()


def produce():
    result = Result()
    result.n += 1
    box.value = result


def consume():
    while box.value is None:
        time.sleep(0.0005)
    result = box.value
    result.n += 1


threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
