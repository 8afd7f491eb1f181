# expect: data-race error made
import threading

text = """
made = 0


def work():
    global made
    for _ in range(20):
        made += 1
"""
space = {}
exec(text, space)
exec(compile("pass", "<other>", "exec"))
work = space["work"]


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
