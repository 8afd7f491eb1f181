// expect: data-race
// Two threads write the same place of mapped pages.
#include <sys/mman.h>

#include "race.h"

void *write_it(void *pages) {
    ((int *)pages)[700] = 1;
    SHARED(pages);
    return NULL;
}

void *write_later(void *pages) {
    later();
    ((int *)pages)[700] = 2;
    SHARED(pages);
    return NULL;
}

int main(void) {
    void *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(pages != MAP_FAILED);
    both(write_it, write_later, pages);
    return 0;
}
