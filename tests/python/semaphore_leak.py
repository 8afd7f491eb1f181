# expect: deadlock (hang)
# Each thread takes a unit of a semaphore and ends; the third one waits for ever.
import threading
s = threading.Semaphore(2)
def f(fail):
    s.acquire()
    try:
        if fail: return
    except Exception: pass
    s.release()
for i in range(3):
    t = threading.Thread(target=f, args=(True,)); t.start(); t.join()
