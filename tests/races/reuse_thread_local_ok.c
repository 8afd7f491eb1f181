// expect: none
// A thread's variable lies where that of a thread lay that has ended, and nothing orders the two.
#include <stdatomic.h>

#include "race.h"

__thread long mine[4];
atomic_long sum;

void *work(void *unused) {
    for (int i = 0; i < 4; i++)
        mine[i]++;
    SHARED(mine);
    atomic_fetch_add_explicit(&sum, mine[0] + mine[3], memory_order_relaxed);
    return unused;
}

int main(void) {
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
        pthread_detach(thread);
        pause_ms(2);
    }
    while (atomic_load(&sum) < 40)
        pause_ms(1);
    printf("%ld\n", atomic_load(&sum));
    return 0;
}
