# expect: data-race error counter
import threading

counter = 0


def work():
    global counter
    for _ in range(1000):
        counter += 1


thread = threading.Thread(target=work)
thread.start()
for _ in range(1000):
    counter += 1
thread.join()
