# expect: none
"""What the standard library offers to threads, used as it is meant."""
import concurrent.futures
import logging
import queue
import threading

log = logging.getLogger("everything")
log.addHandler(logging.NullHandler())


def run(count, function, *arguments):
    threads = [threading.Thread(target=function, args=arguments) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def queues():
    jobs, results = queue.Queue(4), queue.SimpleQueue()

    def work():
        while True:
            job = jobs.get()
            if job is None:
                return
            results.put(job * job)
            jobs.task_done()
            log.warning("done %s", job)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for number in range(200):
        jobs.put(number)
    jobs.join()
    for _ in workers:
        jobs.put(None)
    for worker in workers:
        worker.join()
    assert sum(results.get() for _ in range(200)) == sum(n * n for n in range(200))
    ordered = queue.PriorityQueue()
    run(3, lambda: [ordered.put(n) for n in range(20)])
    try:
        jobs.get(timeout=0.01)
    except queue.Empty:
        pass


def semaphores():
    slots, bounded = threading.Semaphore(2), threading.BoundedSemaphore(3)

    def work():
        for _ in range(30):
            with slots:
                with bounded:
                    pass

    run(4, work)
    assert not threading.Semaphore(0).acquire(timeout=0.01)
    assert not threading.Semaphore(0).acquire(False)


def barriers():
    barrier = threading.Barrier(3, action=lambda: None)
    run(3, lambda: [barrier.wait() for _ in range(20)])


def pools():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda n: n * n, range(100))) == sum(n * n for n in range(100))
        futures = [pool.submit(pow, 2, n) for n in range(20)]
        for future in concurrent.futures.as_completed(futures):
            future.result()


def timers():
    timer = threading.Timer(0.01, lambda: None)
    timer.start()
    timer.join()
    other = threading.Timer(60, lambda: None)
    other.start()
    other.cancel()
    other.join()
    own = threading.local()
    own.value = 1


for part in (queues, semaphores, barriers, pools, timers):
    part()
print("done")
