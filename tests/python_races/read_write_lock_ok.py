# expect: none
import threading


class ReadWriteLock:
    def __init__(self):
        self.condition = threading.Condition()
        self.readers = 0

    def __enter__(self):
        self.condition.acquire()
        while self.readers:
            self.condition.wait()

    def __exit__(self, *exception):
        self.condition.release()

    def read(self):
        with self.condition:
            self.readers += 1

    def done(self):
        with self.condition:
            self.readers -= 1
            if not self.readers:
                self.condition.notify_all()


lock = ReadWriteLock()
table = {}


def write():
    for n in range(30):
        with lock:
            table[n] = table.get(n, 0) + 1


def read():
    for _ in range(30):
        lock.read()
        for key in table:
            pass
        lock.done()


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
