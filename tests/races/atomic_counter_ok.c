// expect: none
// Two threads count one atomic variable without order; main reads it when both ended.
#include <stdatomic.h>

#include "race.h"

atomic_long counter;

void *count(void *unused) {
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    return unused;
}

int main(void) {
    both(count, count, NULL);
    printf("%ld\n", counter);
    return 0;
}
