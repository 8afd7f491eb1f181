# expect: none
import threading


class Settings:
    instance = None
    lock = threading.Lock()

    @classmethod
    def get(cls):
        with cls.lock:
            if Settings.instance is None:
                Settings.instance = Settings()
            return Settings.instance


def work():
    Settings.get()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
