# expect: none
"""Each thread waits for what the other one writes and answers it."""
import threading
import time

running = False


def run():
    global running
    running = True
    while running:
        time.sleep(0.001)


class Server:
    stop = False

    def serve(self):
        while True:
            time.sleep(0.001)
            if self.stop:
                break
        self.stop = False


server = Server()
thread = threading.Thread(target=server.serve)
thread.start()
server.stop = True
thread.join()
thread = threading.Thread(target=run)
thread.start()
while not running:
    time.sleep(0.001)
running = False
thread.join()
