/* numbers.c: the part of numbers.h that is not hot. */
#include "analyzer/base/numbers.h"

#include <stdlib.h>

#include "analyzer/base/memory.h"

enum { FIRST_PLACES = 64 };

void tc_numbers_clear(struct tc_numbers *numbers) {
    free(numbers->keys);
    free(numbers->numbers);
    *numbers = (struct tc_numbers){0};
}

/* A free place for a key that is not there. */
static uint64_t free_place(const struct tc_numbers *numbers, uint64_t key) {
    uint64_t at = tc_numbers_place(numbers, key);
    while (numbers->keys[at])
        at = (at + 1) & numbers->mask;
    return at;
}

/* Twice as many places: never more than two of three are taken. */
static void grow(struct tc_numbers *numbers) {
    struct tc_numbers old = *numbers;
    uint64_t places = old.keys ? 2 * (old.mask + 1) : FIRST_PLACES;
    numbers->mask = places - 1;
    numbers->keys = tc_alloc_array(places, sizeof *numbers->keys);
    numbers->numbers = tc_alloc_array(places, sizeof *numbers->numbers);
    for (uint64_t i = 0; old.keys && i <= old.mask; i++) {
        if (!old.keys[i])
            continue;
        uint64_t at = free_place(numbers, old.keys[i] - 1);
        numbers->keys[at] = old.keys[i];
        numbers->numbers[at] = old.numbers[i];
    }
    free(old.keys);
    free(old.numbers);
}

uint32_t tc_numbers_add(struct tc_numbers *numbers, uint64_t key, bool *fresh) {
    uint32_t number = tc_numbers_find(numbers, key);
    *fresh = number == TC_NO_NUMBER;
    if (!*fresh)
        return number;
    if (numbers->count == TC_NO_NUMBER)
        tc_out_of_memory(SIZE_MAX);
    if (!numbers->keys || 3ull * (numbers->count + 1) > 2 * (numbers->mask + 1))
        grow(numbers);
    uint64_t at = free_place(numbers, key);
    numbers->keys[at] = key + 1;
    numbers->numbers[at] = numbers->count;
    return numbers->count++;
}
