# expect: signal-unsafe-lock
"""A handler takes a lock that the main thread also takes: it may come while that holds it."""
import os
import signal
import threading

count_lock = threading.Lock()
count = 0


def on_signal(number, frame):
    global count
    with count_lock:
        count += 1


assert signal.signal(signal.SIGUSR1, on_signal) is signal.SIG_DFL
assert signal.getsignal(signal.SIGUSR1) is on_signal
thread = threading.Thread(target=lambda: None)
thread.start()
for _ in range(3):
    with count_lock:
        count += 1
    os.kill(os.getpid(), signal.SIGUSR1)
thread.join()
assert signal.signal(signal.SIGUSR1, signal.SIG_IGN) is on_signal
print(count)
