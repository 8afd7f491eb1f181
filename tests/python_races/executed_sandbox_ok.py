# expect: none
import threading

text = """
class Thing:
    n = 0


def work(thing=Thing()):
    for _ in (1, 2):
        thing.n += 1
"""
space = {"__builtins__": {"__build_class__": __build_class__, "__name__": "box"}, "__name__": "box"}
exec(text, space)
work = space["work"]
work()
exec(compile(text, "<sandbox>", "exec"), space)
space["work"]()
