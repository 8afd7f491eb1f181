# expect: none
import asyncio
import threading


class Shared:
    n = 0


shared = Shared()


async def step():
    for _ in range(10):
        shared.n += 1
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(step() for _ in range(5)))


thread = threading.Thread(target=lambda: asyncio.run(main()))
thread.start()
thread.join()
print(shared.n)
