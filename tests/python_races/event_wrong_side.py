# expect: data-race error data['n']
import threading

ready = threading.Event()
data = {"n": 0}


def work():
    ready.set()
    data["n"] = data["n"] + 1


thread = threading.Thread(target=work)
thread.start()
ready.wait()
data["n"] = data["n"] + 1
thread.join()
