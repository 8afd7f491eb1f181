# expect: none
import threading

stock = 5
lock = threading.Lock()


def work():
    global stock
    for _ in range(10):
        with lock:
            if stock > 0:
                stock = stock - 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
