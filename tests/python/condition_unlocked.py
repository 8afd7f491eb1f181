# expect: cond-wait-unlocked
"""A condition is waited on without its lock; Python refuses."""
import threading

condition = threading.Condition()


def work():
    try:
        condition.wait(0.1)
    except RuntimeError:
        pass


thread = threading.Thread(target=work)
thread.start()
thread.join()
