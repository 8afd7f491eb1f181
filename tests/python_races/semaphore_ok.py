# expect: none
import threading

gate = threading.Semaphore(1)
bounded = threading.BoundedSemaphore(1)
a = 0
b = 0


def work():
    global a, b
    for _ in range(50):
        with gate:
            a += 1
        bounded.acquire()
        b += 1
        bounded.release()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(a, b)
