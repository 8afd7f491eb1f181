# expect: none
import threading

barrier = threading.Barrier(2)
total = 0


def first():
    global total
    total += 1
    barrier.wait()


def second():
    global total
    barrier.wait()
    total += 1


threads = [threading.Thread(target=first), threading.Thread(target=second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
