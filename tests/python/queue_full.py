# expect: deadlock (hang)
# also: lost-wakeup
# A producer fills a bounded queue that nobody reads.
import threading, queue
q = queue.Queue(maxsize=1)
def producer():
    for i in range(3): q.put(i)
t = threading.Thread(target=producer); t.start(); t.join()
