# expect: none
import threading


class Node:
    pass


def work():
    for n in range(300):
        node = Node()
        node.value = n
        node.value += 1
        table = {}
        table["k"] = table.get("k", 0) + 1
        row = [0]
        row[0] += 1
        def inner():
            nonlocal n
            n += 1
        inner()


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
