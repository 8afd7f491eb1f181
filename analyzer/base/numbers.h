/* numbers.h: gives keys of 64 bits numbers, counted from 0 in the order in which they come.
 *
 * What: an open hash table; what a number stands for is kept by its user, in an array.  Some 20
 *       bytes a key, and one look into memory for most of the keys that are asked for.
 * Rules: not thread-safe.  A key may be anything but UINT64_MAX.
 */
#ifndef TC_ANALYZER_NUMBERS_H
#define TC_ANALYZER_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TC_NO_NUMBER UINT32_MAX

/* Empty when all zero. */
struct tc_numbers {
    uint64_t *keys;    /* plus one; 0: a free place */
    uint32_t *numbers; /* of the keys at the same places */
    uint64_t mask;
    uint32_t count;
};

/* Forgets all keys and gives their memory back. */
void tc_numbers_clear(struct tc_numbers *numbers);

/* The number of a key; made when it is new, and `*fresh` is set then.  More than 2^32 - 1 keys end
 * the analyzer, as they take more memory than there is. */
uint32_t tc_numbers_add(struct tc_numbers *numbers, uint64_t key, bool *fresh);

/* The place where the search for a key begins. */
static inline uint64_t tc_numbers_place(const struct tc_numbers *numbers, uint64_t key) {
    uint64_t hash = (key ^ (key >> 29)) * 0x9e3779b97f4a7c15ull;
    return (hash >> 32 ^ hash >> 13) & numbers->mask;
}

/* The number of a key; TC_NO_NUMBER: it has none. */
static inline uint32_t tc_numbers_find(const struct tc_numbers *numbers, uint64_t key) {
    if (!numbers->keys)
        return TC_NO_NUMBER;
    for (uint64_t at = tc_numbers_place(numbers, key);; at = (at + 1) & numbers->mask) {
        if (numbers->keys[at] == key + 1)
            return numbers->numbers[at];
        if (!numbers->keys[at])
            return TC_NO_NUMBER;
    }
}

/* Whether a key has a number: touches less memory. */
static inline bool tc_numbers_has(const struct tc_numbers *numbers, uint64_t key) {
    if (!numbers->keys)
        return false;
    for (uint64_t at = tc_numbers_place(numbers, key);; at = (at + 1) & numbers->mask) {
        if (numbers->keys[at] == key + 1)
            return true;
        if (!numbers->keys[at])
            return false;
    }
}

#ifdef __cplusplus
}
#endif
#endif
