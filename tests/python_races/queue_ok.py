# expect: none
import queue
import threading


class Job:
    def __init__(self):
        self.state = "new"
        self.steps = 0


todo = queue.Queue()
done = queue.Queue()


def work():
    while True:
        job = todo.get()
        if job is None:
            break
        job.state = "done"
        job.steps += 1
        done.put(job)
        todo.task_done()


thread = threading.Thread(target=work)
thread.start()
for _ in range(10):
    job = Job()
    job.steps += 1
    todo.put(job)
todo.join()
while not done.empty():
    job = done.get()
    job.steps += 1
todo.put(None)
thread.join()
