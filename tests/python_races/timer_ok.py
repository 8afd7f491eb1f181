# expect: none
import threading

fired = threading.Event()
total = 0


def tick():
    global total
    total += 1
    fired.set()


total += 1
timer = threading.Timer(0.01, tick)
timer.start()
fired.wait()
total += 1
timer.join()
