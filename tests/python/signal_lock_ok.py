# expect: none
"""What handlers may do: an RLock that the main thread takes, too, a Lock that only other threads
take, an Event, a Queue, a log."""
import logging
import os
import queue
import signal
import threading

again = threading.RLock()
others = threading.Lock()
came = threading.Event()
jobs = queue.SimpleQueue()
logging.basicConfig(filename=os.devnull)


class Counter:
    def __init__(self):
        self.count = 0

    def on_signal(self, number, frame):
        with again:
            self.count += 1
        with others:
            self.count += 1
        came.set()
        jobs.put(number)
        logging.warning("came")


def worker():
    for _ in range(100):
        with others:
            pass


counter = Counter()
before = signal.signal(signal.SIGUSR1, counter.on_signal)
assert before is signal.SIG_DFL and signal.getsignal(signal.SIGUSR1) == counter.on_signal
thread = threading.Thread(target=worker)
thread.start()
for _ in range(3):
    with again:
        os.kill(os.getpid(), signal.SIGUSR1)
    came.wait()
    came.clear()
    logging.warning("went on")
thread.join()
try:
    signal.signal(signal.SIGUSR1, lambda number, frame: 1 / 0)
    os.kill(os.getpid(), signal.SIGUSR1)
except ZeroDivisionError as error:
    assert error.__traceback__.tb_next.tb_next is None
print(counter.count, jobs.get())
