// expect: none
// Whoever comes first makes the thing, by pthread_once.
#include "race.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
int thing;

void make(void) {
    thing = 9;
}

void *use_thing(void *unused) {
    pthread_once(&once, make);
    USE(thing);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use_thing(unused);
}

int main(void) {
    both(use_thing, use_later, NULL);
    printf("%d\n", thing);
    return 0;
}
