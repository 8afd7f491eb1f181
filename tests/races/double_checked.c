// expect: data-race
// stripped: possible
// Double-checked locking by a plain pointer: the first look is not ordered.
#include "race.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int *thing;

void *use_thing(void *unused) {
    SHARED(&thing);
    if (!thing) {
        pthread_mutex_lock(&lock);
        if (!thing) {
            int *made = malloc(sizeof(int));
            *made = 3;
            SHARED(&thing);
            thing = made;
        }
        pthread_mutex_unlock(&lock);
    }
    USE(*thing);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use_thing(unused);
}

int main(void) {
    both(use_thing, use_later, NULL);
    free(thing);
    return 0;
}
