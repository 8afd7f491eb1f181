"""hits.py: a page counter that loses hits.

Two updates of one variable can begin with the same value: `+=` reads, adds and writes, and Python's
global lock may change hands in between.  Run it by

    threadcheck run --races=full -- python3 hits.py
"""

import threading


class Page:
    def __init__(self):
        self.hits = 0

    def visit(self):
        self.hits += 1


page = Page()


def visitor():
    for _ in range(1000):
        page.visit()


visitors = [threading.Thread(target=visitor, name="visitor-%d" % n) for n in range(2)]
for thread in visitors:
    thread.start()
for thread in visitors:
    thread.join()
print(page.hits)
