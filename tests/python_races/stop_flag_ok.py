# expect: none
import threading
import time


class Worker(threading.Thread):
    def __init__(self):
        super().__init__()
        self.stopped = False
        self.rounds = 0

    def run(self):
        while not self.stopped:
            self.rounds += 1
            time.sleep(0.001)


worker = Worker()
worker.start()
time.sleep(0.02)
worker.stopped = True
worker.join()
print("stopped")
