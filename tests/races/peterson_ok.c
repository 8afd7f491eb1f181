// expect: none
// Peterson's lock on atomic variables.
#include <stdatomic.h>

#include "race.h"

atomic_int wants[2], turn;
int value;

void enter(int me) {
    atomic_store(&wants[me], 1);
    atomic_store(&turn, !me);
    while (atomic_load(&wants[!me]) && atomic_load(&turn) == !me)
        pause_ms(1);
}

void *work(void *number) {
    int me = number != NULL;
    for (int i = 0; i < 10; i++) {
        enter(me);
        value++;
        atomic_store(&wants[me], 0);
        pause_ms(1);
    }
    return NULL;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, &value);
    finish(first);
    finish(second);
    printf("%d\n", value);
    return 0;
}
