# expect: data-race error counter
import threading

counter = 0
locks = [threading.Lock(), threading.Lock()]


def work(lock):
    global counter
    for _ in range(100):
        with lock:
            counter += 1


threads = [threading.Thread(target=work, args=(lock,)) for lock in locks]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
