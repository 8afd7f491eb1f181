// expect: none
// Pages that one thread wrote and unmapped come back to another one at the same address.
#include <sys/mman.h>

#include "race.h"

#define PLACE ((void *)0x600000000000)

void *use_pages(void *unused) {
    int *pages = mmap(PLACE, 8192, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    MUST(pages == PLACE);
    for (int i = 0; i < 2048; i += 100)
        pages[i] = i;
    SHARED(pages);
    MUST(munmap(pages, 8192) == 0);
    return unused;
}

void *use_later(void *unused) {
    return use_pages(unused);
}

int main(void) {
    first_and_then(use_pages, use_later, NULL);
    return 0;
}
