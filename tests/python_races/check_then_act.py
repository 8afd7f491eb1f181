# expect: data-race error stock
import threading

stock = 1000


def work():
    global stock
    for _ in range(10):
        if stock > 0:
            stock = stock - 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
