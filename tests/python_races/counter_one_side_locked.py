# expect: data-race error counter
import threading

counter = 0
lock = threading.Lock()


def careful():
    global counter
    for _ in range(100):
        with lock:
            counter += 1


def careless():
    global counter
    for _ in range(100):
        counter += 1


threads = [threading.Thread(target=careful), threading.Thread(target=careless)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
