# expect: deadlock (hang)
# also: blocked-holding-gil
# args: {lib}
"""The inversion of the interpreter's lock and a mutex, as it happens."""
import ctypes
import sys
import threading

with_gil = ctypes.PyDLL(sys.argv[1] + "/cache.so")
without_gil = ctypes.CDLL(sys.argv[1] + "/cache.so")


def refresh():
    without_gil.refresh_slowly()


def look_up():
    while not with_gil.is_refreshing():
        pass
    with_gil.look_up()


threads = [threading.Thread(target=refresh), threading.Thread(target=look_up)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
