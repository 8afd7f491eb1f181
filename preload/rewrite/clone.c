/* clone.c: see clone.h. */
#include "preload/rewrite/clone.h"

/* The length of an instruction in the low half of a byte; that of its clone in the high half, or,
 * when that is 15, in four bytes that follow. */
#define LONG 15

static struct tc_step next_step(struct tc_step step) {
    uint8_t byte = *step.at++;
    uint32_t size = byte >> 4;
    if (size == LONG) {
        __builtin_memcpy(&size, step.at, 4);
        step.at += 4;
    }
    step.original += byte & 15;
    step.clone += size;
    return step;
}

bool tc_clone_add(struct tc_area *area, struct tc_pool *pool, struct tc_function *function) {
    struct tc_step *marks =
        tc_pool_take(pool, (function->count + TC_MARK - 1) / TC_MARK * sizeof *marks);
    uint8_t *steps = tc_pool_take(pool, 5ull * function->count);
    if (!marks || !steps || area->clone_count == area->clones_max)
        return false;
    struct tc_clone *clone = &area->clones[area->clone_count];
    *clone = (struct tc_clone){.low = function->low,
                               .size = (uint32_t)(function->high - function->low),
                               .begin = function->entry,
                               .end = function->end,
                               .limit = function->limit,
                               .count = function->count,
                               .steps = steps,
                               .marks = marks};
    for (uint32_t i = 0; i < function->count; i++) {
        uint32_t next = i + 1 < function->count ? function->places[i + 1] : function->end;
        uint32_t size = next - function->places[i];
        if (i % TC_MARK == 0)
            marks[i / TC_MARK] =
                (struct tc_step){steps, function->insns[i].offset, function->places[i]};
        *steps++ = (uint8_t)(function->insns[i].length | (size < LONG ? size : LONG) << 4);
        if (size >= LONG) {
            __builtin_memcpy(steps, &size, 4);
            steps += 4;
        }
    }
    /* What is not needed goes to the next. */
    pool->next = (uint8_t *)(((uintptr_t)steps + 15) & ~(uintptr_t)15);
    function->clone = area->clone_count;
    __atomic_store_n(&area->clone_count, area->clone_count + 1, __ATOMIC_RELEASE);
    return true;
}

void tc_clone_drop(struct tc_area *area, const struct tc_function *function) {
    area->clones[function->clone].dropped = true;
}

static const struct tc_clone *clone_at(const struct tc_area *area, uint32_t place) {
    uint32_t low = 0, high = __atomic_load_n(&area->clone_count, __ATOMIC_ACQUIRE);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (area->clones[middle].begin <= place)
            low = middle + 1;
        else
            high = middle;
    }
    const struct tc_clone *clone = low ? &area->clones[low - 1] : NULL;
    return clone && place < clone->limit ? clone : NULL;
}

static uint32_t where(struct tc_step step, bool original) {
    return original ? step.original : step.clone;
}

/* The instruction that has `place` in the clone, or in the original; beyond the last, the end. */
static struct tc_step step_at(const struct tc_clone *clone, uint32_t place, bool original) {
    uint32_t low = 0, high = (clone->count + TC_MARK - 1) / TC_MARK;
    while (low + 1 < high) {
        uint32_t middle = (low + high) / 2;
        if (where(clone->marks[middle], original) <= place)
            low = middle;
        else
            high = middle;
    }
    struct tc_step step = clone->marks[low];
    for (uint32_t i = low * TC_MARK; i < clone->count; i++) {
        struct tc_step next = next_step(step);
        if (place < where(next, original))
            break;
        step = next;
    }
    return step;
}

bool tc_clone_place(const struct tc_clone *clone, uint64_t offset, uint32_t *place) {
    if (offset > clone->size)
        return false;
    struct tc_step step = step_at(clone, (uint32_t)offset, true);
    *place = step.clone;
    return step.original == offset;
}

uintptr_t tc_clone_original(const struct tc_area *areas, uintptr_t address, uint32_t *below) {
    if (below)
        *below = 0;
    const struct tc_area *area = areas;
    while (area && (address < (uintptr_t)area->low || address >= (uintptr_t)area->high))
        area = area->next;
    if (!area)
        return address;
    uint32_t place = (uint32_t)(address - (uintptr_t)area->low);
    const struct tc_clone *clone = clone_at(area, place);
    if (!clone)
        return address;
    if (place >= clone->end)
        return clone->low; /* in a stub: nowhere in particular */
    return clone->low + step_at(clone, place, false).original;
}

uintptr_t tc_clone_returns_to(const struct tc_area *areas, uintptr_t address) {
    for (const struct tc_area *area = areas; area; area = area->next)
        for (uint32_t i = 0; i < area->clone_count; i++) {
            const struct tc_clone *clone = &area->clones[i];
            uint32_t place;
            if (clone->dropped || address <= clone->low || address - clone->low > clone->size)
                continue;
            if (tc_clone_place(clone, address - clone->low, &place))
                return (uintptr_t)area->low + place;
        }
    return address;
}
