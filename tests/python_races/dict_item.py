# expect: data-race error counts['k']
import threading

counts = {"k": 0}


def work():
    for _ in range(100):
        counts["k"] = counts["k"] + 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
