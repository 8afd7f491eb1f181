// expect: lock-order-inversion
// Process-shared mutexes in shared memory, in opposite orders by two threads of this process.
#include "program.h"
#include <sys/mman.h>

pthread_mutex_t *locks;

void *left_first(void *unused) {
    pthread_mutex_lock(&locks[0]);
    pthread_mutex_lock(&locks[1]);
    pthread_mutex_unlock(&locks[1]);
    pthread_mutex_unlock(&locks[0]);
    reach(1);
    return unused;
}

void *right_first(void *unused) {
    await(1);
    pthread_mutex_lock(&locks[1]);
    pthread_mutex_lock(&locks[0]);
    pthread_mutex_unlock(&locks[0]);
    pthread_mutex_unlock(&locks[1]);
    return unused;
}

int main(void) {
    locks = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(locks != MAP_FAILED);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&locks[0], &shared);
    pthread_mutex_init(&locks[1], &shared);
    pthread_t first = start(left_first, NULL), second = start(right_first, NULL);
    finish(first);
    finish(second);
    return 0;
}
