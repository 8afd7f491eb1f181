# expect: data-race error self.rooms
import threading


class Hotel:
    def __init__(self):
        self.rooms = {}

    def book(self, n):
        self.rooms[n] = "taken"

    def leave(self, n):
        del self.rooms[n]

    def taken(self):
        try:
            return [guest for guest in self.rooms.values() if guest]
        except RuntimeError:
            return []


hotel = Hotel()


def guests():
    for n in range(50):
        hotel.book(n)
        hotel.leave(n)


def clerk():
    for _ in range(50):
        hotel.taken()


threads = [threading.Thread(target=guests), threading.Thread(target=clerk)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
