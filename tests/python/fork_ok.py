# expect: none
"""multiprocessing in its three ways, with threads in the parent."""
import multiprocessing
import threading


def work(number):
    lock = threading.Lock()
    with lock:
        return number * number


if __name__ == "__main__":
    total = 0
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with context.Pool(2) as pool:
            total += sum(pool.map(work, range(10)))
            pool.close()
            pool.join()
    print(total)
