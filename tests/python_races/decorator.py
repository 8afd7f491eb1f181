# expect: data-race error calls['work']
import functools
import threading

calls = {}


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        calls[function.__name__] = calls.get(function.__name__, 0) + 1
        return function(*args, **kwargs)

    return wrapper


@counted
def work():
    pass


def many():
    for _ in range(20):
        work()


threads = [threading.Thread(target=many) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
