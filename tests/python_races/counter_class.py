# expect: data-race error words['the']
import collections
import threading

words = collections.Counter()


def work():
    for word in ["the", "the", "the"]:
        words[word] += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
