# expect: none
import threading

total = 0


def work(n):
    global total
    total += n


for n in range(5):
    thread = threading.Thread(target=work, args=(n,))
    thread.start()
    thread.join()
    total += 1
print(total)
