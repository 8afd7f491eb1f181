# expect: none
import queue
import threading

results = queue.SimpleQueue()
total = [0]


def work():
    total[0] += 1
    results.put("done")


thread = threading.Thread(target=work)
thread.start()
results.get()
total[0] += 1
thread.join()
