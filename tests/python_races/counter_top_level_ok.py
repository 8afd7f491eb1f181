# expect: none
import threading

counter = 0


def work():
    global counter
    for _ in range(1000):
        counter += 1


thread = threading.Thread(target=work)
counter += 1
thread.start()
thread.join()
for _ in range(1000):
    counter += 1
print(counter)
