// expect: data-race
// stripped: possible
// A hand-made once: the first of two threads that finds the flag clear makes the thing.
#include "race.h"

int made, thing;

void *use_thing(void *unused) {
    if (!made) {
        thing = 9;
        SHARED(&made);
        made = 1;
    }
    USE(thing);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use_thing(unused);
}

int main(void) {
    both(use_thing, use_later, NULL);
    return 0;
}
