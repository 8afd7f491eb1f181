# expect: none
"""Each thread waits for what the other one writes and answers it."""
import threading
import time

running = False


def run():
    global running
    running = True
    while running:
        time.sleep(0.001)


thread = threading.Thread(target=run)
thread.start()
while not running:
    time.sleep(0.001)
running = False
thread.join()
