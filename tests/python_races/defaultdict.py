# expect: data-race error self.hits['page']
import collections
import threading


class Stats:
    def __init__(self):
        self.hits = collections.defaultdict(int)

    def hit(self, page):
        self.hits[page] += 1


stats = Stats()


def work():
    for _ in range(100):
        stats.hit("page")


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
