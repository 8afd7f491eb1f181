// expect: data-race
// A long double is ten bytes, stored by an instruction of its own.
#include "race.h"

long double value;

void *writes(void *by) {
    for (int i = 0; i < 100; i++) {
        value = value * 0.5L + *(int *)by;
        SHARED(&value);
    }
    return NULL;
}

int main(void) {
    int by = 3;
    both(writes, writes, &by);
    return 0;
}
