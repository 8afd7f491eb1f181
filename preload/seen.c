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

static unsigned bits_of(unsigned time, unsigned times) {
    return time == times ? TC_SEEN_LAST : time == 1 ? TC_SEEN_FIRST : 1;
}

unsigned tc_seen_count(uint64_t key, unsigned times) {
    if (!tc_seen_words)
        return 1;
    unsigned time = 1;
    while (time < times && tc_seen_at(key, time, bits_of(time, times)))
        time++;
    uint64_t hash = tc_seen_hash(key, time), *line = tc_seen_line(hash);
    for (unsigned bit = bits_of(time, times); bit-- > 0; hash >>= TC_SEEN_LINE_BITS)
        __atomic_fetch_or(&line[hash >> 6 & 7], 1ull << (hash & 63), __ATOMIC_RELAXED);
    return time;
}
