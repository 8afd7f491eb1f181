# expect: none
import sys
import threading
import weakref


class Goodbye:
    def __init__(self):
        self.n = 0
        self.me = self

    def __del__(self):
        self.n += 1
        sys.stdout.write("deleted %d\n" % self.n)


class Listener:
    def __init__(self):
        self.heard = {}

    def hear(self, reference):
        self.heard["n"] = self.heard.get("n", 0) + 1


listener = Listener()
goodbye = Goodbye()
sys.kept = [Goodbye(), weakref.ref(goodbye, listener.hear)]
thread = threading.Thread(target=lambda: goodbye.n)
thread.start()
thread.join()
