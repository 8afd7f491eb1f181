# expect: none
import socket
import threading

one, two = socket.socketpair()
state = {"n": 0}


def work():
    two.recv(1)
    state["n"] += 1
    two.sendall(b"y")


thread = threading.Thread(target=work)
thread.start()
state["n"] += 1
one.sendall(b"x")
one.recv(1)
state["n"] += 1
thread.join()
