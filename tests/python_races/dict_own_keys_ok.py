# expect: none
import threading

results = {}


def work(name):
    for _ in range(100):
        results[name] = results.get(name, 0) + 1


threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results.items()))
