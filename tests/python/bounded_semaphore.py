# expect: double-release
"""A BoundedSemaphore is released above its initial value."""
import threading

slots = threading.BoundedSemaphore(2)


def work():
    with slots:
        pass
    try:
        slots.release()
    except ValueError:
        pass


thread = threading.Thread(target=work)
thread.start()
thread.join()
