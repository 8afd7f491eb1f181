# expect: self-deadlock (hang)
# also: deadlock
# A weak reference calls back into a lock that its dropper holds.
import threading, weakref, gc
l = threading.Lock()
class C: pass
def cb(_):
    with l: pass
def f():
    c = C(); r = weakref.ref(c, cb); keep.append(r)
    with l: del c
keep = []
t = threading.Thread(target=f); t.start(); t.join()
