"""settings.py: settings that are to be loaded once, and may be loaded twice.

What `is None` said is out of date when the other thread comes between it and the assignment.

    threadcheck run --races=full -- python3 settings.py
"""

import threading
import time


class Settings:
    loaded = None

    @classmethod
    def get(cls):
        if Settings.loaded is None:
            time.sleep(0.01)  # reads a file, say
            Settings.loaded = {"debug": False}
        return Settings.loaded


threads = [threading.Thread(target=Settings.get) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
