# expect: none
"""An Event is set before and after its waiters come, and cleared once they went on."""
import threading

ready = threading.Event()
gone = threading.Barrier(4)


def work():
    for _ in range(20):
        ready.wait()
        gone.wait()
        gone.wait()


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(20):
    ready.set()
    gone.wait()
    ready.clear()
    gone.wait()
for thread in threads:
    thread.join()
