# expect: none
import concurrent.futures
import threading

lock = threading.Lock()
done = 0


def finished(future):
    global done
    with lock:
        done += future.result()


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for n in range(20):
        pool.submit(int, 1).add_done_callback(finished)
print(done)
