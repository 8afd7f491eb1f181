# expect: none
import os
import threading

reader, writer = os.pipe()
state = {"n": 0}


def work():
    state["n"] += 1
    os.write(writer, b"x")


thread = threading.Thread(target=work)
thread.start()
os.read(reader, 1)
state["n"] += 1
thread.join()
