// expect: data-race
// Two threads write while both hold the lock as readers only.
#include "race.h"

pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
int hits;

void *hit(void *unused) {
    pthread_rwlock_rdlock(&lock);
    hits++;
    SHARED(&hits);
    pthread_rwlock_unlock(&lock);
    return unused;
}

void *hit_later(void *unused) {
    later();
    return hit(unused);
}

int main(void) {
    both(hit, hit_later, NULL);
    return 0;
}
