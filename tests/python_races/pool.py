# expect: data-race error total
import concurrent.futures
import time

total = 0


def work(n):
    global total
    for _ in range(50):
        total += n
    time.sleep(0.02)


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for n in range(20):
        pool.submit(work, n)
print(total > 0)
