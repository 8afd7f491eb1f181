// expect: none
// gcc's old builtins as a lock: taken by an exchange, given back by a plain store.
#include <sched.h>

#include "race.h"

int lock, data;

void *count(void *unused) {
    for (int i = 0; i < 200; i++) {
        while (__sync_lock_test_and_set(&lock, 1))
            sched_yield();
        data++;
        __sync_lock_release(&lock);
    }
    return unused;
}

int main(void) {
    both(count, count, NULL);
    printf("%d\n", data);
    return 0;
}
