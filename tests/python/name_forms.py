# expect: double-release
# findings: 30
"""Locks by every form in which a program can name one; each is released while it is free."""
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock, RLock

a, b = Lock(), Lock()
[c, d] = Lock(), RLock()
one, two, three, four = Lock(), Lock(), Lock(), Lock()
in_list = [Lock(), Lock()]
in_tuple = (Lock(), Lock())
in_dict = {"x": Lock(), "y": [Lock()]}
by_loop = {key: Lock() for key in "pq"}
by_generator = list(Lock() for _ in range(2))
by_map = list(map(lambda _: Lock(), range(2)))
first_name = second_name = Lock()
annotated: Lock = Lock()


def make():
    return Lock()


made, other = make(), make()


@dataclass
class Data:
    number: int
    guard: Lock = field(default_factory=Lock)


class Given:
    def __init__(self, lock=None):
        self.given = lock or Lock()
        self.chosen = lock if lock is not None else Lock()


class Forms:
    shared_a, shared_b = Lock(), Lock()

    def __init__(self):
        self.attribute = variable = Lock()
        local = self.behind = Lock()
        self.p, self.q = Lock(), Lock()
        self.several = [Lock()]
        self.several.append(Lock())
        self.table = {}
        self.table["key"] = Lock()
        self.table.setdefault("default", Lock())
        self.factory = defaultdict(Lock)
        setattr(self, "by_name", Lock())


def enclosing():
    captured = Lock()

    def inner():
        return captured

    return inner


forms = Forms()
given = Given()
free = contextlib.suppress(RuntimeError)
with free: a.release()
with free: b.release()
with free: c.release()
with free: d.release()
with free: two.release()
with free: four.release()
with free: in_list[1].release()
with free: in_tuple[0].release()
with free: in_dict["x"].release()
with free: in_dict["y"][0].release()
with free: by_loop["q"].release()
with free: by_generator[0].release()
with free: by_map[0].release()
with free: first_name.release()
with free: annotated.release()
with free: other.release()
with free: Data(1).guard.release()
with free: given.given.release()
with free: given.chosen.release()
with free: Forms.shared_b.release()
with free: forms.attribute.release()
with free: forms.behind.release()
with free: forms.q.release()
with free: forms.several[0].release()
with free: forms.several[1].release()
with free: forms.table["key"].release()
with free: forms.table["default"].release()
with free: forms.factory["z"].release()
with free: forms.by_name.release()
with free: enclosing()().release()
