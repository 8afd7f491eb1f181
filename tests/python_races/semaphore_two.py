# expect: data-race error a
import threading
import time

gate = threading.Semaphore(2)
a = 0


def work():
    global a
    for _ in range(5):
        with gate:
            a += 1
            time.sleep(0.01)


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
