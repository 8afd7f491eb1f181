# expect: none
import queue
import threading

token = queue.Queue(1)
count = 0


def work():
    global count
    for _ in range(50):
        token.put(None)
        count += 1
        token.get()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(count)
