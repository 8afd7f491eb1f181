# expect: none
import concurrent.futures


class Box:
    def __init__(self):
        self.n = 0


def work(box):
    box.n += 1
    return box


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(work, Box()) for _ in range(10)]
    for future in concurrent.futures.as_completed(futures):
        future.result().n += 1
    boxes = list(pool.map(work, [Box() for _ in range(10)]))
    for box in boxes:
        box.n += 1
print(sum(box.n for box in boxes))
