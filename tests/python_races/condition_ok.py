# expect: none
import threading

condition = threading.Condition()
items = []
taken = 0


def consume():
    global taken
    for _ in range(10):
        with condition:
            while not items:
                condition.wait()
            items.pop()
            taken += 1


def produce():
    for n in range(10):
        with condition:
            items.append(n)
            condition.notify()


threads = [threading.Thread(target=consume), threading.Thread(target=produce)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(taken)
