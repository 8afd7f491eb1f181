# expect: none
import threading

ready = threading.Event()
data = {"n": 0}


def work():
    data["n"] = data["n"] + 1
    ready.set()


thread = threading.Thread(target=work)
thread.start()
ready.wait()
data["n"] = data["n"] + 1
thread.join()
