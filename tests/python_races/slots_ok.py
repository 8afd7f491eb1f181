# expect: none
import threading


class Node:
    __slots__ = ("hits",)

    def __init__(self):
        self.hits = 0


def work():
    nodes = [Node() for _ in range(20)]
    for node in nodes:
        node.hits += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
