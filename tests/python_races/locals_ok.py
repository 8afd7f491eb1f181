# expect: none
import threading


class Point:
    def __init__(self, x):
        self.x = x


def work():
    total = 0
    for n in range(200):
        point = Point(n)
        point.x += 1
        total += point.x
        cells = [0, 0]
        cells[0] += total
        table = {}
        table["a"] = 1
        table["a"] += 1
        for key in table:
            table[key] += 1
    return total


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
