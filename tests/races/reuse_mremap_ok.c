// expect: none
// Memory that mremap took away is mapped anew by another thread.
#include <sys/mman.h>

#include "race.h"

enum { SIZE = 1 << 20 };
char *place;

void *moves(void *unused) {
    char *block = place;
    char *aim = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < SIZE; i += 64)
        block[i] = 1;
    char *now = mremap(block, SIZE, 2 * SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, aim);
    MUST(now == aim);
    now[SIZE + 1] = 1;
    return unused;
}

void *maps(void *unused) {
    char *block = mmap(place, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < SIZE; i += 64)
        block[i] = 2;
    return unused;
}

int main(void) {
    place = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    first_and_then(moves, maps, NULL);
    puts("done");
    return 0;
}
