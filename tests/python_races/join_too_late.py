# expect: data-race error total
import threading

total = 0


def work():
    global total
    for _ in range(100):
        total += 1


threads = []
for _ in range(2):
    thread = threading.Thread(target=work)
    thread.start()
    threads.append(thread)
    total += 1
for thread in threads:
    thread.join()
