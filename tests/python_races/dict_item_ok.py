# expect: none
import threading

counts = {}
lock = threading.Lock()


def work():
    for _ in range(100):
        with lock:
            counts["k"] = counts.get("k", 0) + 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(counts)
