# expect: data-race error total
import os
import queue
import threading
import time

todo = queue.Queue()
total = 0
offset = os.memfd_create("here"), os.memfd_create("here")


def meet(me):
    """Both are here: told by offsets of files, which order nothing that anybody sees."""
    os.lseek(offset[me], 1, os.SEEK_SET)
    while not os.lseek(offset[not me], 0, os.SEEK_CUR):
        time.sleep(0.001)


def work(me):
    global total
    while True:
        item = todo.get()
        if item is None:
            break
        meet(me)
        total += item
        time.sleep(0.001)


for n in range(50):
    todo.put(n)
threads = [threading.Thread(target=work, args=(me,)) for me in range(2)]
for _ in threads:
    todo.put(None)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
