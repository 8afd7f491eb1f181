# expect: join-misuse
"""A thread joins itself; Python refuses."""
import threading


def work():
    try:
        threading.current_thread().join()
    except RuntimeError:
        pass


thread = threading.Thread(target=work)
thread.start()
thread.join()
