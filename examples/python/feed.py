"""feed.py: uses the C extension of feed.c, in a thread, and asks it when that has long delivered.

    gcc -shared -fPIC $(python3-config --includes) feed.c -o feed.so
    threadcheck run -- python3 feed.py
"""

import threading
import time

import feed

numbers = []
delivery = threading.Thread(target=feed.run, args=(numbers.append, 3))
delivery.start()
time.sleep(0.3)
print(feed.poll(), numbers)
delivery.join()
