// expect: destroy-of-locked
// The mapping that holds a locked mutex is unmapped.
#include "program.h"
#include <sys/mman.h>

void *work(void *unused) {
    pthread_mutex_t *lock =
        mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(lock != MAP_FAILED);
    pthread_mutex_init(lock, NULL);
    pthread_mutex_lock(lock);
    munmap(lock, 8192);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
