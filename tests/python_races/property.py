# expect: data-race error self._value of class Gauge
import threading


class Gauge:
    def __init__(self):
        self._value = 0

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new):
        self._value = self.value - self.value + self._value * 0 + new


gauge = Gauge()


def work():
    for _ in range(50):
        gauge.value += 1


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
