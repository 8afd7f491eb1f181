/* seen.c: see seen.h. */
#include "preload/seen.h"

#include <stddef.h>

#include "preload/sys.h"

#include "preload/poison.h"

uint64_t *tc_seen_words;

void tc_seen_begin(void) {
    if (tc_seen_words)
        tc_unmap(tc_seen_words, (size_t)1 << (TC_SEEN_BITS - 3));
    tc_seen_words = tc_map((size_t)1 << (TC_SEEN_BITS - 3));
}

unsigned tc_seen_count(uint64_t key, unsigned times) {
    if (!tc_seen_words)
        return 1;
    unsigned time = 1;
    while (time < times && tc_seen_at(key, time))
        time++;
    uint64_t bits, *word = tc_seen_place(key, time, &bits);
    __atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
    return time;
}
