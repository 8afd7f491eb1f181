# expect: data-race error self.sent of class Source
import threading


class Source:
    def __init__(self):
        self.sent = 0

    def items(self):
        for n in range(50):
            self.sent += 1
            yield n


source = Source()


def work():
    for _ in source.items():
        pass


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
