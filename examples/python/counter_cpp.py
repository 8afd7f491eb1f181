"""counter_cpp.py: uses the pybind11 module of counter_cpp.cc, as feed.py does that of feed.c.

    threadcheck run -- python3 counter_cpp.py
"""

import threading
import time

import counter_cpp

counter = counter_cpp.Counter()
seen = []
counting = threading.Thread(target=counter.count, args=(seen.append, 3))
counting.start()
time.sleep(0.3)
print(counter.value(), seen)
counting.join()
