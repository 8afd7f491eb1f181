# expect: data-race error config.retries
import sys
import threading
import types

config = types.ModuleType("config")
config.retries = 0


def work():
    for _ in range(50):
        config.retries += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
