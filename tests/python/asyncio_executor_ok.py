# expect: none
# Blocking work in the executor of a loop.
import asyncio, threading, time
lock = threading.Lock(); n = 0
def blocking():
    global n
    with lock: n += 1
    time.sleep(0.01)
async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, blocking) for _ in range(10)))
    await asyncio.to_thread(blocking)
asyncio.run(main())
assert n == 11
