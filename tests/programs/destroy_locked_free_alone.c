// expect: destroy-of-locked
// The memory of a held mutex is freed by a program that never starts a thread.
#include "program.h"

int main(void) {
    pthread_mutex_t *lock = malloc(sizeof *lock);
    MUST(lock && pthread_mutex_init(lock, NULL) == 0);
    pthread_mutex_lock(lock);
    free(lock);
    return 0;
}
