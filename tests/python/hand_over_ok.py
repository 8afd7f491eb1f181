# expect: none
"""A Lock may be released by another thread than took it: a latch."""
import threading

for _ in range(20):
    latch = threading.Lock()
    latch.acquire()
    thread = threading.Thread(target=latch.release)
    thread.start()
    latch.acquire()
    thread.join()
    latch.release()
