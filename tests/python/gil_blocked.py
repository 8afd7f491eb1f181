# expect: blocked-holding-gil
# args: {lib}
"""A C library joins a thread with the interpreter's lock held."""
import ctypes
import sys
import threading

with_gil = ctypes.PyDLL(sys.argv[1] + "/cache.so")
thread = threading.Thread(target=with_gil.compute)
thread.start()
thread.join()
