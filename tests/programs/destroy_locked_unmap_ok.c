// expect: none
// Unlocked mutexes in mappings that come and go, and in memory that realloc moves.
#include "program.h"
#include <sys/mman.h>

void *work(void *unused) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_t *lock =
            mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(lock != MAP_FAILED);
        pthread_mutex_init(lock, NULL);
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
        munmap(lock, 8192);
        lock = malloc(sizeof *lock);
        pthread_mutex_init(lock, NULL);
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
        lock = realloc(lock, 1 << 20);
        free(lock);
    }
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
