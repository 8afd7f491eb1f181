# expect: none
import threading

cells = [0, 0]


def work(index):
    for _ in range(100):
        cells[index] += 1


threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(cells)
