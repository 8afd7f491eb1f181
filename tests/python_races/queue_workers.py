# expect: data-race error total
import queue
import threading
import time

todo = queue.Queue()
total = 0


def work():
    global total
    while True:
        item = todo.get()
        if item is None:
            break
        total += item
        time.sleep(0.001)


for n in range(50):
    todo.put(n)
threads = [threading.Thread(target=work) for _ in range(2)]
for _ in threads:
    todo.put(None)
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
