/* holdings.h: the held list that writer and reader of a stream keep in step (trace_format.h).
 *
 * What: (object, mode) for each acquire not yet released, newest last.  Levels of one lock that
 *       follow each other share an entry, so that recursion costs no memory.
 * Threads: each list belongs to one thread.
 */
#ifndef TC_TRACE_HOLDINGS_H
#define TC_TRACE_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "threadcheck/events.h"

struct tc_holding {
    uint32_t object, levels;
    uint8_t mode; /* EXCLUSIVE or SHARED */
};

struct tc_holdings {
    struct tc_holding *entries;
    uint32_t count, size;
};

/* False when there is no memory for one more entry. */
static inline bool tc_holdings_grow(struct tc_holdings *list) {
    uint32_t size = list->size ? list->size * 2 : 8;
    struct tc_holding *entries =
        (struct tc_holding *)realloc(list->entries, size * sizeof *entries);
    if (!entries)
        return false;
    list->entries = entries;
    list->size = size;
    return true;
}

/* Adds `levels` of `object`; false when out of memory. */
static inline bool tc_holdings_push(struct tc_holdings *list, uint32_t object, uint8_t mode,
                                    uint32_t levels) {
    if (list->count) {
        struct tc_holding *last = &list->entries[list->count - 1];
        if (last->object == object && last->mode == mode) {
            if (last->levels + levels > last->levels)
                last->levels += levels;
            return true;
        }
    }
    if (list->count == list->size && !tc_holdings_grow(list))
        return false;
    list->entries[list->count++] = (struct tc_holding){object, levels, mode};
    return true;
}

/* Takes one level off the newest entry and tells which; object 0 when the list is empty. */
static inline struct tc_holding tc_holdings_pop(struct tc_holdings *list) {
    if (!list->count)
        return (struct tc_holding){0, 0, 0};
    struct tc_holding *last = &list->entries[list->count - 1];
    struct tc_holding found = *last;
    if (--last->levels == 0)
        list->count--;
    return found;
}

/* Takes `levels` off the newest entries of `object`, as far as there are any.  Returns the mode of
 * the newest one, TC_MODE_NONE when there was none. */
static inline uint8_t tc_holdings_remove(struct tc_holdings *list, uint32_t object,
                                         uint32_t levels) {
    uint8_t mode = TC_MODE_NONE;
    for (uint32_t i = list->count; i-- > 0 && levels;) {
        struct tc_holding *entry = &list->entries[i];
        if (entry->object != object)
            continue;
        if (mode == TC_MODE_NONE)
            mode = entry->mode;
        uint32_t taken = levels < entry->levels ? levels : entry->levels;
        entry->levels -= taken;
        levels -= taken;
        if (entry->levels)
            continue;
        memmove(entry, entry + 1, (list->count - i - 1) * sizeof *entry);
        list->count--;
        /* Neighbours that became adjacent stay two entries: popping them one by one is the same. */
    }
    return mode;
}

static inline void tc_holdings_free(struct tc_holdings *list) {
    free(list->entries);
    list->entries = NULL;
    list->count = list->size = 0;
}

#endif
