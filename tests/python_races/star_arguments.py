# expect: data-race error self.sum of class Sum
import threading


class Sum:
    def __init__(self, *start, **options):
        self.sum = sum(start)

    def add(self, *numbers, times=1, **options):
        for number in numbers:
            self.sum = self.sum + number * times


total = Sum(*range(3), name="x")


def work():
    total.add(*[1, 2, 3], **{"times": 2})


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
