// expect: none
// Destructors of thread-specific data take locks, set the data again, and read other keys.
#include "program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_key_t first_key, second_key;
int rounds, others;

void first_gone(void *argument) {
    pthread_mutex_lock(&lock);
    rounds++;
    pthread_mutex_unlock(&lock);
    if ((intptr_t)argument < 3)
        pthread_setspecific(first_key, (void *)((intptr_t)argument + 1));
}

void second_gone(void *argument) {
    pthread_mutex_lock(argument);
    others++;
    pthread_mutex_unlock(argument);
}

void *work(void *unused) {
    pthread_setspecific(first_key, (void *)1);
    pthread_setspecific(second_key, &lock);
    return unused;
}

int main(void) {
    pthread_key_create(&first_key, first_gone);
    pthread_key_create(&second_key, second_gone);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d %d\n", rounds, others);
    return 0;
}
