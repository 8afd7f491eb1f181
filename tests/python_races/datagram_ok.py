# expect: none
"""A datagram orders who sent it and who got it."""
import socket
import threading

out = ""
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
handled = threading.Event()


def serve():
    global out
    for _ in range(2):
        out += server.recvfrom(100)[0].decode()
        handled.set()


thread = threading.Thread(target=serve)
thread.start()
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out = "begin "
for word in b"one ", b"two ":
    client.sendto(word, server.getsockname())
    handled.wait()
    handled.clear()
print(out)
thread.join()
server.close()
client.close()
