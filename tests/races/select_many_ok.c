// expect: none
// tsan: data-race
// why: ThreadSanitizer takes nothing from select
// A set is at the end of its memory, and select is told of more descriptors than it has room for:
// the kernel looks at no more than can be open.
#include <sys/mman.h>
#include <sys/select.h>

#include "race.h"

int ends[2], data;

void *produce(void *unused) {
    later();
    data = 1;
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

void *consume(void *unused) {
    char *pages = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(pages, 4096, PROT_READ | PROT_WRITE) == 0);
    fd_set *in = (fd_set *)(pages + 4096 - sizeof *in);
    FD_SET(ends[0], in);
    MUST(select(1 << 20, in, NULL, NULL, NULL) == 1);
    printf("%d\n", data);
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(produce, consume, NULL);
    return 0;
}
