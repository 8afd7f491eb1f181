# expect: none
import threading


def main():
    count = 0
    lock = threading.RLock()

    def work():
        nonlocal count
        for _ in range(100):
            with lock:
                with lock:
                    count += 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count


print(main())
