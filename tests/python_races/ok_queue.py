# expect: none
"""A module of the program that is called as one of the library's, with a class like it."""
import threading


class Queue:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = []
        self.got = 0

    def get(self):
        with self.lock:
            self.got += 1
            return self.items.pop()

    def put(self, item):
        with self.lock:
            self.items.append(item)


queue = Queue()


def work():
    for number in range(100):
        queue.put(number)
        queue.get()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(queue.got)
