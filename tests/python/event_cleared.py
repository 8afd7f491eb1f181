# expect: lost-wakeup (hang)
"""An Event is set and cleared before its waiter comes."""
import threading

ready = threading.Event()


def pulse():
    ready.set()
    ready.clear()


def work():
    ready.wait()


first = threading.Thread(target=pulse)
first.start()
first.join()
second = threading.Thread(target=work)
second.start()
second.join()
