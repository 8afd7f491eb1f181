# expect: none
"""Locks that come and go at the places of others: what one of them did says nothing of the next."""
import threading

go = threading.Event()
thread = threading.Thread(target=go.wait)
thread.start()
for _ in range(300):
    brief = threading.Lock()
    brief.acquire()
    brief.release()
    del brief
    again = threading.RLock()
    with again:
        pass
    del again
go.set()
thread.join()
