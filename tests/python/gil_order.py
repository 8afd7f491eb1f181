# expect: lock-order-inversion
# args: {lib}
"""A C library takes its mutex with the interpreter's lock held, and the other way round."""
import ctypes
import sys
import threading
import time

with_gil = ctypes.PyDLL(sys.argv[1] + "/cache.so")
without_gil = ctypes.CDLL(sys.argv[1] + "/cache.so")


refreshed = False


def refresh():
    global refreshed
    without_gil.refresh()
    refreshed = True


def look_up():
    while not refreshed:
        time.sleep(0.001)
    with_gil.look_up()


first = threading.Thread(target=refresh)
second = threading.Thread(target=look_up)
first.start()
second.start()
first.join()
second.join()
