# expect: data-race error shared.n of class Shared
import asyncio
import threading


class Shared:
    n = 0


shared = Shared()


async def step():
    for _ in range(10):
        shared.n += 1
        await asyncio.sleep(0)


def work():
    asyncio.run(step())


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
