# expect: barrier-misuse
"""A barrier is reset while a thread waits at it."""
import threading

barrier = threading.Barrier(2)


def work():
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        pass


thread = threading.Thread(target=work)
thread.start()
while barrier.n_waiting == 0:
    pass
barrier.reset()
thread.join()
