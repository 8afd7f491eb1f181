# expect: none
"""The same two locks in one order."""
import threading

accounts_lock = threading.Lock()
audit_lock = threading.RLock()


def both():
    for _ in range(100):
        with accounts_lock:
            with audit_lock:
                pass


threads = [threading.Thread(target=both) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
