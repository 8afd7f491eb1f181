# expect: none
import threading

results = []
seen = set()
latest = {}


def work():
    for n in range(100):
        results.append(n)
        seen.add(n)
        latest[n % 3] = n
    len(results), max(seen), 3 in seen


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(results))
