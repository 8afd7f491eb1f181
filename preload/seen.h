/* seen.h: how often something was seen, in a memory that does not grow.
 *
 * What: a filter of bits (Bloom's, in blocks of a cache line) in which a key counts up to a small
 *       number.  It forgets nothing; it may take a new key for one that was seen, the more likely
 * the more it knows: once in a million with 10,000 keys, once in a hundred with 300,000. Threads:
 * any, without a lock.  Two that count the same key at once may count once.
 */
#ifndef TC_PRELOAD_SEEN_H
#define TC_PRELOAD_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#define TC_SEEN_BITS 23 /* log2: a megabyte */

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

/* Where the bits of a key's `time`th sighting are: a word, and three bits in it. */
static inline uint64_t *tc_seen_place(uint64_t key, unsigned time, uint64_t *bits) {
    uint64_t hash = tc_seen_mix(key, time);
    hash ^= hash >> 29;
    *bits = 1ull << (hash & 63) | 1ull << (hash >> 6 & 63) | 1ull << (hash >> 12 & 63);
    return &tc_seen_words[hash >> (64 - (TC_SEEN_BITS - 6))];
}

static inline bool tc_seen_at(uint64_t key, unsigned time) {
    uint64_t bits;
    const uint64_t *word = tc_seen_place(key, time, &bits);
    return (__atomic_load_n(word, __ATOMIC_RELAXED) & bits) == bits;
}

/* Whether the key was counted `times` times already. */
static inline bool tc_seen(uint64_t key, unsigned times) {
    return tc_seen_words && tc_seen_at(key, times);
}

/* Counts it once more, up to `times`; gives which time this was, from 1. */
unsigned tc_seen_count(uint64_t key, unsigned times);

#endif
