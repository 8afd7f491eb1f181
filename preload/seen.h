/* seen.h: how often something was seen, in a memory that does not grow.
 *
 * What: a filter of bits (Bloom's, in blocks of a cache line) in which a key counts up to a small
 *       number.  It forgets nothing; it may take a new key for one that was seen, the more likely
 *       the more it knows: with four times each, once in 1.6 million when it knows 30,000 keys,
 *       once in 3,300 at 100,000, once in 29 at 300,000.
 * Threads: any, without a lock.  Two that count the same key at once may count once.
 */
#ifndef TC_PRELOAD_SEEN_H
#define TC_PRELOAD_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define TC_SEEN_BITS 22 /* log2: half a megabyte */

extern uint64_t *tc_seen_words; /* NULL: there is no memory, and everything is new for ever */

/* Maps the memory; in a forked child that has begun anew: an empty one. */
void tc_seen_begin(void);

static inline uint64_t tc_seen_mix(uint64_t a, uint64_t b) {
    uint64_t key = (a ^ b) * 0x9e3779b97f4a7c15ull;
    return (key ^ key >> 32) * 0xd6e8feb86659fd93ull;
}

/* One step of a key that tc_seen mixes in the end. */
static inline uint64_t tc_seen_step(uint64_t key, uint64_t more) {
    key = (key ^ more) * 0x9e3779b97f4a7c15ull;
    return key << 29 | key >> 35;
}

/* A few bits of a cache line stand for a key's `time`th sighting: the line is chosen by the top of
 * the hash, the bits by nine further ones each.  Most are spent on the last one, after which a key
 * is known, and some on the first: whoever takes another one for seen keeps the key once less. */
#define TC_SEEN_LINE_BITS 9
#define TC_SEEN_FIRST     3
#define TC_SEEN_LAST      6
static inline uint64_t tc_seen_hash(uint64_t key, unsigned time) {
    uint64_t hash = tc_seen_mix(key, time);
    return hash ^ hash >> 29;
}

static inline uint64_t *tc_seen_line(uint64_t hash) {
    return tc_seen_words + (hash >> (64 - (TC_SEEN_BITS - TC_SEEN_LINE_BITS))) * 8;
}

static inline bool tc_seen_at(uint64_t key, unsigned time, unsigned bits) {
    uint64_t hash = tc_seen_hash(key, time);
    const uint64_t *line = tc_seen_line(hash);
    uint64_t all = 1;
    for (unsigned bit = 0; bit < bits; bit++, hash >>= TC_SEEN_LINE_BITS)
        all &= __atomic_load_n(&line[hash >> 6 & 7], __ATOMIC_RELAXED) >> (hash & 63);
    return all & 1;
}

/* Whether the key was counted `times` times already. */
static inline bool tc_seen(uint64_t key, unsigned times) {
    return tc_seen_words && tc_seen_at(key, times, TC_SEEN_LAST);
}

/* Counts it once more, up to `times`; gives which time this was, from 1. */
unsigned tc_seen_count(uint64_t key, unsigned times);

#endif
