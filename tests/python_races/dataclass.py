# expect: data-race error self.count of class Tally
import dataclasses
import threading


@dataclasses.dataclass
class Tally:
    count: int = 0

    def up(self):
        self.count += 1


tally = Tally()


def work():
    for _ in range(100):
        tally.up()


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
