# expect: none
import threading

mine = threading.local()


class Own(threading.local):
    count = 0


own = Own()


def work():
    mine.total = 0
    for _ in range(100):
        mine.total += 1
        own.count += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
