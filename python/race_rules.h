/* race_rules.h: what a lock that the calling thread takes or gives back orders (race_rules.def).
 * Threads: with the interpreter's lock.
 */
#ifndef TC_PYTHON_RACE_RULES_H
#define TC_PYTHON_RACE_RULES_H

#include <stdbool.h>

enum tc_pyrace_order {
    TC_ORDER_BOTH,
    TC_ORDER_THROUGH,
    TC_ORDER_SEND,
    TC_ORDER_RECEIVE,
    TC_ORDER_BOUNDED_SEND,
    TC_ORDER_BOUNDED_RECEIVE,
    TC_ORDER_NONE,
    TC_ORDER_USER, /* of code that no rule is about: BOTH, and nobody further out is asked */
};

/* BOTH, SEND, RECEIVE or NONE, by the frames that the thread is in. */
enum tc_pyrace_order tc_pyrace_order(void);

/* Whether an operation of a class of threading.py orders, by who has it done: what an executor does
 * with its semaphore of idle threads is no order that a program can count on. */
bool tc_pyrace_class_orders(void);

#endif
