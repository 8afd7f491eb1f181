# expect: data-race error members
import threading

members = {1, 2, 3}


def read():
    try:
        for member in members:
            pass
    except RuntimeError:
        pass


def write():
    members.add(4)
    members.discard(1)


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
