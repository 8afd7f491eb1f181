# expect: data-race error active
import threading

active = 0


def work():
    global active
    for _ in range(20):
        active += 1
        try:
            int("x")
        except ValueError:
            pass
        finally:
            active -= 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
