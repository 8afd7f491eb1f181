# expect: none
import threading

lock = threading.Lock()
sent = 0


def items():
    global sent
    for n in range(50):
        with lock:
            sent += 1
        yield n


def work():
    list(items())


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
