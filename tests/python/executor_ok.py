# expect: none
# A pool with many tasks, by submit, map and as_completed.
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
with ThreadPoolExecutor(4) as pool:
    fs = [pool.submit(pow, 2, i) for i in range(40)]
    assert sum(f.result() for f in as_completed(fs)) == 2**40 - 1
    wait(fs)
    assert list(pool.map(str, range(3))) == ["0", "1", "2"]
