# expect: data-race error counter
import logging
import os
import threading

logging.basicConfig(stream=open(os.devnull, "w"), level=logging.INFO)
counter = 0


def work():
    global counter
    for n in range(50):
        logging.info("round %d", n)
        counter += 1
        logging.info("done %d", n)


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
