# expect: none
import threading

fired = threading.Event()
state = {"n": 0}
state["n"] += 1
threading.Timer(0.01, fired.set).start()
fired.wait()
state["n"] += 1
