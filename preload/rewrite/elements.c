/* elements.c: see elements.h.
 * Source of the layout: Intel 64 Software Developer's Manual, volume 1, chapter 13. */
#include "preload/rewrite/elements.h"

#include <cpuid.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/rewrite/memory.h"

#define NUMBERS_MAX (1u << 20)

/* Parts of the saved state, by their bits in XCR0. */
enum { PART_SSE = 1, PART_HIGH_YMM = 2, PART_MASKS = 5, PART_HIGH_ZMM = 6, PART_ZMM_16 = 7, PARTS };
#define SSE_AT   160u /* in the part that fxsave has */
#define IN_USE   512u /* which parts are there: the others are all zero */
#define FIRST_AT 576u /* of a compacted area, the first part after the old ones */

static uint32_t parts; /* that are saved */
static uint32_t part_at[PARTS];
static bool by_xsave;
static struct tc_elements *descriptions;
static uint32_t count = 1; /* 0 is none */

void tc_elements_begin(uint32_t components, bool compacted) {
    if (!descriptions)
        descriptions = tc_memory_map(NULL, NUMBERS_MAX * sizeof *descriptions,
                                     PROT_READ | PROT_WRITE, MAP_NORESERVE);
    by_xsave = components != 0;
    parts = components | 1u << PART_SSE;
    uint32_t next = FIRST_AT;
    for (unsigned i = PART_HIGH_YMM; i < PARTS; i++) {
        unsigned size, at, how, unused;
        if (!(parts >> i & 1) || !__get_cpuid_count(0xd, i, &size, &at, &how, &unused))
            continue;
        if (compacted) {
            at = how & 2 ? (next + 63) & ~63u : next;
            next = at + size;
        }
        part_at[i] = at;
    }
    part_at[PART_SSE] = SSE_AT;
}

uint32_t tc_elements_add(const uint8_t *code, uint32_t length) {
    if (!descriptions || count == NUMBERS_MAX ||
        !tc_insn_elements(code, length, &descriptions[count]))
        return 0;
    return count++;
}

/* `size` bytes at `offset` of a part, or zero. */
static uint64_t saved_value(const uint8_t *saved, unsigned part, uint32_t offset, uint32_t size) {
    uint64_t value = 0, in_use = 0;
    memcpy(&in_use, saved + IN_USE, sizeof in_use);
    if (!(parts >> part & 1) || (by_xsave && !(in_use >> part & 1)))
        return 0;
    switch (size) {
    case 1:
        memcpy(&value, saved + part_at[part] + offset, 1);
        break;
    case 2:
        memcpy(&value, saved + part_at[part] + offset, 2);
        break;
    case 4:
        memcpy(&value, saved + part_at[part] + offset, 4);
        break;
    default:
        memcpy(&value, saved + part_at[part] + offset, 8);
        break;
    }
    return value;
}

/* Element `i`, of `size` bytes, of a vector register. */
static uint64_t vector_element(const uint8_t *saved, uint32_t reg, uint32_t i, uint32_t size) {
    uint32_t at = i * size;
    if (reg >= 16)
        return saved_value(saved, PART_ZMM_16, 64 * (reg - 16) + at, size);
    if (at >= 32)
        return saved_value(saved, PART_HIGH_ZMM, 32 * reg + at - 32, size);
    if (at >= 16)
        return saved_value(saved, PART_HIGH_YMM, 16 * reg + at - 16, size);
    return saved_value(saved, PART_SSE, 16 * reg + at, size);
}

/* A bit for each element that is accessed. */
static uint64_t mask_of(const struct tc_elements *elements, const uint8_t *saved) {
    uint64_t mask = 0;
    if (elements->mask_by == TC_MASK_BITS) {
        mask = saved_value(saved, PART_MASKS, 8u * elements->mask, 8);
        return elements->bits < 64 ? mask & ((1ull << elements->bits) - 1) : mask;
    }
    for (uint32_t i = 0; i < elements->count; i++) {
        uint64_t value = vector_element(saved, elements->mask, i, elements->size);
        mask |= (value >> (8 * elements->size - 1) & 1) << i;
    }
    return mask;
}

static void each_gathered(const struct tc_elements *elements, uint64_t mask, const uint8_t *saved,
                          uint64_t address, tc_elements_tell *tell, const void *context) {
    for (uint32_t i = 0; i < elements->count; i++) {
        if (!(mask >> i & 1))
            continue;
        uint64_t index = vector_element(saved, elements->index, i, elements->index_size);
        if (elements->index_size == 4)
            index = (uint64_t)(int64_t)(int32_t)(uint32_t)index;
        tell(context, address + index * elements->scale, elements->size);
    }
}

/* [low, high), by pieces that lie in one granule each. */
static void tell_run(uint64_t low, uint64_t high, tc_elements_tell *tell, const void *context) {
    while (low < high) {
        uint64_t end = (low | 7) + 1;
        end = end < high ? end : high;
        tell(context, low, (uint32_t)(end - low));
        low = end;
    }
}

void tc_elements_each(uint32_t number, const uint8_t *saved, uint64_t address,
                      tc_elements_tell *tell, const void *context) {
    const struct tc_elements *elements = &descriptions[number];
    uint64_t mask = mask_of(elements, saved);
    if (elements->gathers) {
        each_gathered(elements, mask, saved, address, tell, context);
        return;
    }
    uint64_t all = elements->count < 64 ? (1ull << elements->count) - 1 : UINT64_MAX;
    if (elements->whole)
        mask = mask ? all : 0;
    if (elements->packed) {
        uint32_t ones = 0;
        for (uint64_t rest = mask; rest; rest &= rest - 1)
            ones++;
        mask = ones < 64 ? (1ull << ones) - 1 : UINT64_MAX;
    }
    for (uint32_t i = 0; i < elements->count; i++) {
        uint32_t first = i;
        while (i < elements->count && mask >> i & 1)
            i++;
        tell_run(address + first * elements->size, address + i * elements->size, tell, context);
    }
}
