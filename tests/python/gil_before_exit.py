# expect: blocked-holding-gil
# args: {lib}
"""The same while Python is still there: an exit handler of its, which runs with the lock."""
import atexit
import ctypes
import sys
import threading

pool = ctypes.PyDLL(sys.argv[1] + "/pool.so")
pool.begin()
atexit.register(pool.end)
thread = threading.Thread(target=len, args=("x",))
thread.start()
thread.join()
