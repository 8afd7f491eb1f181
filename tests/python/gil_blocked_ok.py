# expect: none
# args: {lib}
"""The same without it."""
import ctypes
import sys
import threading

without_gil = ctypes.CDLL(sys.argv[1] + "/cache.so")
thread = threading.Thread(target=without_gil.compute)
thread.start()
thread.join()
