# expect: deadlock (hang)
# A coroutine waits for the result of another one of its own loop, and so blocks it.
import asyncio, threading
loop = asyncio.new_event_loop()
async def ping(): return 1
async def bad():
    return asyncio.run_coroutine_threadsafe(ping(), loop).result()
t = threading.Thread(target=loop.run_until_complete, args=(bad(),)); t.start(); t.join()
