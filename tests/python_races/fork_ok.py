# expect: none
import os
import threading

total = 0


def work():
    global total
    total += 1


thread = threading.Thread(target=work)
thread.start()
thread.join()
child = os.fork()
if child == 0:
    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    os._exit(0 if total == 3 else 1)
assert os.waitpid(child, 0)[1] == 0
