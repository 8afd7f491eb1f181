// expect: none
// 4,100 locks, neighbours nested in the order of the array, by two threads.
#include "program.h"

pthread_mutex_t many[4100];

void *neighbours(void *unused) {
    for (int i = 0; i + 1 < 4100; i++) {
        pthread_mutex_lock(&many[i]);
        pthread_mutex_lock(&many[i + 1]);
        pthread_mutex_unlock(&many[i + 1]);
        pthread_mutex_unlock(&many[i]);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 4100; i++)
        pthread_mutex_init(&many[i], NULL);
    pthread_t first = start(neighbours, NULL), second = start(neighbours, NULL);
    finish(first);
    finish(second);
    return 0;
}
