# expect: none
# info: lock-held-at-thread-exit
"""The process ends while a daemon thread holds a lock."""
import threading

lock = threading.Lock()
held = threading.Event()
never = threading.Event()


def work():
    with lock:
        held.set()
        never.wait()


threading.Thread(target=work, daemon=True).start()
held.wait()
