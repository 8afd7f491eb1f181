/* program.h: a Python program that takes two locks in two orders, for C programs that run it. */
#ifndef TESTS_PYTHON_EMBEDDED_PROGRAM_H
#define TESTS_PYTHON_EMBEDDED_PROGRAM_H

static const char program[] = "import threading, time\n"
                              "accounts_lock, audit_lock = threading.Lock(), threading.RLock()\n"
                              "transferred = False\n"
                              "def transfer():\n"
                              "    global transferred\n"
                              "    with accounts_lock:\n"
                              "        with audit_lock: pass\n"
                              "    transferred = True\n"
                              "def audit():\n"
                              "    while not transferred: time.sleep(0.001)\n"
                              "    with audit_lock:\n"
                              "        with accounts_lock: pass\n"
                              "threads = [threading.Thread(target=f) for f in (transfer, audit)]\n"
                              "for thread in threads: thread.start()\n"
                              "for thread in threads: thread.join()\n";

#endif
