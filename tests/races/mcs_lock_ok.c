// expect: none
// An MCS lock: each waits at a place on its own stack that the one before it writes.
#include <sched.h>
#include <stdatomic.h>

#include "race.h"

struct waiter {
    _Atomic(struct waiter *) next;
    atomic_bool free;
};
_Atomic(struct waiter *) tail;
int data;

static void take(struct waiter *me) {
    atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&me->free, false, memory_order_relaxed);
    struct waiter *before = atomic_exchange_explicit(&tail, me, memory_order_acq_rel);
    if (!before)
        return;
    atomic_store_explicit(&before->next, me, memory_order_release);
    while (!atomic_load_explicit(&me->free, memory_order_acquire))
        sched_yield();
}

static void give(struct waiter *me) {
    struct waiter *next = atomic_load_explicit(&me->next, memory_order_acquire), *expected = me;
    if (!next && atomic_compare_exchange_strong_explicit(
                     &tail, &expected, NULL, memory_order_acq_rel, memory_order_acquire))
        return;
    while (!(next = atomic_load_explicit(&me->next, memory_order_acquire)))
        sched_yield();
    atomic_store_explicit(&next->free, true, memory_order_release);
}

void *count(void *unused) {
    for (int i = 0; i < 200; i++) {
        struct waiter me;
        take(&me);
        data++;
        give(&me);
    }
    return unused;
}

int main(void) {
    both(count, count, NULL);
    printf("%d\n", data);
    return 0;
}
