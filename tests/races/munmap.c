// expect: data-race
// tsan: none
// why: it does not take munmap for an access
// A thread gives pages back to the system that another one has just used.
#include <sys/mman.h>

#include "race.h"

static void *write_it(void *pages) {
    ((int *)pages)[700] = 1;
    SHARED(pages);
    return NULL;
}

static void *unmap_it(void *pages) {
    MUST(munmap(pages, 8192) == 0);
    return NULL;
}

int main(void) {
    void *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(pages != MAP_FAILED);
    first_and_then(write_it, unmap_it, pages);
    return 0;
}
