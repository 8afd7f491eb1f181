# expect: data-race error node.hits of class Node
import threading


class Node:
    __slots__ = ("hits",)

    def __init__(self):
        self.hits = 0


node = Node()


def work():
    for _ in range(100):
        node.hits += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
