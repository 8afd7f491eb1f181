// expect: none
// One process-shared mutex, mapped at two addresses: locked at one, unlocked at the other.
#include "program.h"
#include <sys/mman.h>

pthread_mutex_t *here, *there;

void *work(void *unused) {
    for (int i = 0; i < 20; i++) {
        pthread_mutex_lock(here);
        pthread_mutex_unlock(there);
    }
    return unused;
}

int main(void) {
    int fd = memfd_create("lock", MFD_CLOEXEC);
    MUST(fd >= 0 && ftruncate(fd, 4096) == 0);
    here = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    there = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(here != MAP_FAILED && there != MAP_FAILED && here != there);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(here, &shared);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    return 0;
}
