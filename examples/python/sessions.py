"""sessions.py: a table that is gone through while another thread changes it.

Sooner or later: RuntimeError: dictionary changed size during iteration.

    threadcheck run --races=full -- python3 sessions.py
"""

import threading

sessions = {}
lock = threading.Lock()


def log_in():
    for user in range(200):
        with lock:
            sessions[user] = "active"


def count_active():
    active = 0
    for user in sessions:  # without the lock
        active += 1
    return active


login = threading.Thread(target=log_in, name="login")
statistics = threading.Thread(target=count_active, name="statistics")
login.start()
statistics.start()
login.join()
statistics.join()
