// expect: none
// Each thread writes its own thread-local variable; a destructor of the thread hands the sum on.
#include "race.h"

__thread int mine;
pthread_key_t key;
int results[2];

void hand_over(void *result) {
    *(int *)result = mine;
}

void *work(void *result) {
    pthread_setspecific(key, result);
    for (int i = 0; i < 100; i++) {
        mine += i;
        SHARED(&mine);
    }
    return NULL;
}

int main(void) {
    pthread_key_create(&key, hand_over);
    pthread_t first = start(work, &results[0]), second = start(work, &results[1]);
    finish(first);
    finish(second);
    printf("%d\n", results[0] + results[1]);
    return 0;
}
