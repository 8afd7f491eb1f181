// expect: none
// Double-checked locking by an atomic pointer.
#include <stdatomic.h>

#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
_Atomic(int *) thing;

void *use_thing(void *unused) {
    int *mine = atomic_load_explicit(&thing, memory_order_acquire);
    if (!mine) {
        pthread_mutex_lock(&lock);
        mine = atomic_load_explicit(&thing, memory_order_relaxed);
        if (!mine) {
            mine = malloc(sizeof(int));
            *mine = 3;
            atomic_store_explicit(&thing, mine, memory_order_release);
        }
        pthread_mutex_unlock(&lock);
    }
    USE(*mine);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use_thing(unused);
}

int main(void) {
    both(use_thing, use_later, NULL);
    printf("%d\n", *thing);
    free(thing);
    return 0;
}
