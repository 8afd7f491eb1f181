# expect: none
# args: {lib}
"""A C library joins its thread as the process exits, when the interpreter is gone."""
import ctypes
import sys
import threading

pool = ctypes.PyDLL(sys.argv[1] + "/pool.so")
pool.begin()
thread = threading.Thread(target=len, args=("x",))
thread.start()
thread.join()
