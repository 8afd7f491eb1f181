# expect: none
# args: {lib}
"""The same library, always called without the interpreter's lock for what blocks."""
import ctypes
import sys
import threading

without_gil = ctypes.CDLL(sys.argv[1] + "/cache.so")


def work():
    for _ in range(50):
        without_gil.refresh()
        without_gil.look_up()


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
