# expect: data-race error a
import os
import threading
import time

gate = threading.Semaphore(2)
a = 0
offset = os.memfd_create("here"), os.memfd_create("here")


def meet(me):
    """Both are here: told by offsets of files, which order nothing that anybody sees."""
    os.lseek(offset[me], 1, os.SEEK_SET)
    while not os.lseek(offset[not me], 0, os.SEEK_CUR):
        time.sleep(0.001)


def work(me):
    global a
    for _ in range(5):
        with gate:
            meet(me)
            a += 1
            time.sleep(0.01)


threads = [threading.Thread(target=work, args=(me,)) for me in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
