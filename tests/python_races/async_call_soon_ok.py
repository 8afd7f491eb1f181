# expect: none
import asyncio
import threading


class Shared:
    def __init__(self):
        self.n = 0


async def main():
    loop = asyncio.get_running_loop()
    shared, done = Shared(), asyncio.Event()

    def finish():
        shared.n += 1
        done.set()

    def work():
        shared.n += 1
        loop.call_soon_threadsafe(finish)

    shared.n += 1
    thread = threading.Thread(target=work)
    thread.start()
    await done.wait()
    shared.n += 1
    thread.join()
    value = await loop.run_in_executor(None, lambda: shared)
    value.n += 1
    return value.n


print(asyncio.run(main()))
