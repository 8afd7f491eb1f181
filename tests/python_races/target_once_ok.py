# expect: none
import threading

calls = []
lock = threading.Lock()


def box():
    calls.append(1)
    return [0]


def work():
    for _ in range(10):
        box()[0] += 1
        with lock:
            count = len(calls)


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(calls) == 20, calls
