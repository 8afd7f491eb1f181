// expect: none
// A file that is mapped has lost its contents meanwhile: to touch the mapping would be SIGBUS.
#include <sys/mman.h>
#include <unistd.h>

#include "program.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    int file = memfd_create("truncated", 0);
    if (file < 0 || ftruncate(file, 8192) != 0 ||
        mmap(NULL, 8192, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED || ftruncate(file, 0) != 0)
        return 1;
    finish(start(work, NULL));
    puts("done");
    return 0;
}
