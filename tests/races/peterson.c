// expect: data-race
// stripped: data-race or possible
// Peterson's lock on plain variables.
#include "race.h"

int wants[2];
_Alignas(8) int turn; /* each where its accesses are told apart */
_Alignas(8) int value;

void enter(int me) {
    wants[me] = 1;
    turn = !me;
    SHARED(wants);
    while (wants[!me] && turn == !me) {
        pause_ms(1);
        SHARED(wants);
    }
}

void *work(void *number) {
    int me = number != NULL;
    for (int i = 0; i < 5; i++) {
        enter(me);
        value++;
        SHARED(&value);
        wants[me] = 0;
        pause_ms(1);
    }
    return NULL;
}

int main(void) {
    pthread_t first = start(work, NULL), second = start(work, &value);
    finish(first);
    finish(second);
    return 0;
}
