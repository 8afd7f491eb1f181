# expect: self-deadlock (hang)
# also: signal-unsafe-lock
"""A handler takes a lock that the main thread holds when the signal comes."""
import signal
import threading
import time

lock = threading.Lock()


def on_signal(number, frame):
    with lock:
        pass


signal.signal(signal.SIGALRM, on_signal)
thread = threading.Thread(target=time.sleep, args=(0.1,))
thread.start()
with lock:
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    time.sleep(0.2)
