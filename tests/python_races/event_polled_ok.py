# expect: none
import threading
import time

ready = threading.Event()
data = {"n": 0}


def work():
    data["n"] = data["n"] + 1
    ready.set()


thread = threading.Thread(target=work)
thread.start()
while not ready.is_set():
    time.sleep(0.001)
data["n"] = data["n"] + 1
thread.join()
