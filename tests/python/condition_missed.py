# expect: lost-wakeup (hang)
"""A notify comes before the wait that needs it, and no state says so."""
import threading

condition = threading.Condition()


def work():
    with condition:
        condition.wait()


with condition:
    condition.notify()
thread = threading.Thread(target=work)
thread.start()
thread.join()
