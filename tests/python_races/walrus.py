# expect: data-race error level
import threading

level = 0


def work():
    global level
    for _ in range(20):
        if (level := level + 1) < 0:
            break


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
