# expect: none
# Threads log through a stream and a queue with a listener.
import logging, threading, io, logging.handlers, queue
s = io.StringIO(); q = queue.Queue()
log = logging.getLogger("a"); log.addHandler(logging.StreamHandler(s)); log.setLevel(10); log.addHandler(logging.handlers.QueueHandler(q))
lis = logging.handlers.QueueListener(q, logging.NullHandler()); lis.start()
def f():
    for i in range(50): log.info("x %d", i)
ts = [threading.Thread(target=f) for _ in range(3)]
[t.start() for t in ts]; [t.join() for t in ts]; lis.stop()
assert s.getvalue().count("\n") == 150
