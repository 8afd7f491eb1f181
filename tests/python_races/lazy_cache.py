# expect: data-race any cache['answer']
import threading

cache = {}


def answer():
    if "answer" not in cache:
        cache["answer"] = object()
    return cache["answer"]


def work():
    answer()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
