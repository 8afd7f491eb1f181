// expect: none
// Pages go back to the system once the threads that used them have ended.
#include <sys/mman.h>

#include "race.h"

static void *write_it(void *pages) {
    ((int *)pages)[700] = 1;
    SHARED(pages);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        void *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(pages != MAP_FAILED);
        finish(start(write_it, pages));
        MUST(munmap(pages, 8192) == 0);
    }
    return 0;
}
