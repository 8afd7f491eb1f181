# expect: none
import threading

active = 0
lock = threading.Lock()


def work():
    global active
    for _ in range(20):
        lock.acquire()
        try:
            active += 1
            int("x")
        except ValueError:
            active -= 1
        finally:
            lock.release()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
