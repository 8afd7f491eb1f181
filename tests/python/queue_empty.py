# expect: deadlock (hang)
# also: lost-wakeup
# A consumer waits for one more item than is ever put.
import threading, queue, signal
q = queue.Queue()
def consumer():
    for _ in range(3): q.get()
t = threading.Thread(target=consumer, name="consumer"); t.start()
q.put(1); q.put(2)
t.join()
