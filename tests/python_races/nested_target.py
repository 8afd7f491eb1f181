# expect: data-race error tree['a'][0]['b']
import threading

tree = {"a": [{"b": 0}]}


def work():
    for _ in range(50):
        tree["a"][0]["b"] += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
