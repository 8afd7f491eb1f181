// expect: none
// nothing: yes
// The twin of destroy_locked_free_alone.c: the mutex is open when its memory is freed.
#include "program.h"

int main(void) {
    pthread_mutex_t *lock = malloc(sizeof *lock);
    MUST(lock && pthread_mutex_init(lock, NULL) == 0);
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    free(lock);
    return 0;
}
