// expect: none
// 1,000,000 live mutexes, each taken inside a common one, in a process with two threads.
#include "program.h"

enum { COUNT = 1000000 };
pthread_mutex_t root = PTHREAD_MUTEX_INITIALIZER, *many;

void *half(void *argument) {
    for (intptr_t i = (intptr_t)argument; i < COUNT; i += 2) {
        pthread_mutex_lock(&root);
        pthread_mutex_lock(&many[i]);
        pthread_mutex_unlock(&many[i]);
        pthread_mutex_unlock(&root);
    }
    return NULL;
}

int main(void) {
    many = calloc(COUNT, sizeof *many);
    MUST(many);
    for (int i = 0; i < COUNT; i++)
        pthread_mutex_init(&many[i], NULL);
    pthread_t first = start(half, (void *)0), second = start(half, (void *)1);
    finish(first);
    finish(second);
    for (int i = 0; i < COUNT; i++)
        pthread_mutex_destroy(&many[i]);
    free(many);
    puts("done");
    return 0;
}
