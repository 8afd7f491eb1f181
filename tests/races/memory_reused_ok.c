// expect: none
// tsan: data-race
// compiled: none
// why: it is told by an annotation that is not ThreadSanitizer's
// An allocator of the program's own gives a block from one thread to the next, in a way that is not
// seen.
#include "threadcheck/annotate.h"

#include "race.h"

static long block[8];

static void *use_and_give_back(void *unused) {
    for (int i = 0; i < 8; i++)
        block[i] = i;
    SHARED(block);
    tc_memory_reused(block, sizeof block);
    return unused;
}

static void *take_and_use(void *unused) {
    for (int i = 0; i < 8; i++)
        block[i] += i;
    SHARED(block);
    return unused;
}

int main(void) {
    first_and_then(use_and_give_back, take_and_use, NULL);
    printf("%ld\n", block[7]);
    return 0;
}
