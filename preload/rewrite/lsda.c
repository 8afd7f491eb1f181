/* lsda.c: language-specific data of clones, as gcc, clang and rustc write it: which calls have a
 * landing pad, and which types are caught there.
 *
 * Source: Itanium C++ ABI, exception handling; LSB, .gcc_except_table.
 */
#include <string.h>

#include "preload/rewrite/clone.h"
#include "preload/rewrite/dwarf.h"
#include "preload/rewrite/frames.h"

struct lsda {
    uint64_t pads; /* what landing pads count from */
    uint8_t type_encoding, site_encoding;
    const uint8_t *types; /* their end; NULL: none */
    struct tc_dwarf sites;
    const uint8_t *actions, *actions_end;
    const uint8_t *filters_end; /* lists of types after `types` */
    int64_t type_count;
};

static void read_head(struct lsda *lsda, const struct tc_function *function, uint64_t table) {
    struct tc_dwarf in = {(const uint8_t *)table, (const uint8_t *)UINTPTR_MAX};
    uint8_t encoding = *in.at++;
    lsda->pads = encoding == 0xff ? function->low : tc_dwarf_pointer(&in, encoding, 0);
    lsda->type_encoding = *in.at++;
    lsda->types = NULL;
    if (lsda->type_encoding != 0xff) {
        uint64_t offset = tc_dwarf_unsigned(&in);
        lsda->types = in.at + offset;
    }
    lsda->site_encoding = *in.at++;
    uint64_t size = tc_dwarf_unsigned(&in);
    lsda->sites = (struct tc_dwarf){in.at, in.at + size};
    lsda->actions = lsda->actions_end = in.at + size;
    lsda->filters_end = lsda->types;
    lsda->type_count = 0;
}

static void note_type(struct lsda *lsda, int64_t type) {
    if (type > lsda->type_count)
        lsda->type_count = type;
}

/* A list of types after the table, ended by 0: an exception specification. */
static void note_filter(struct lsda *lsda, int64_t filter) {
    struct tc_dwarf in = {lsda->types - filter - 1, (const uint8_t *)UINTPTR_MAX};
    for (uint64_t type; (type = tc_dwarf_unsigned(&in)) != 0;)
        note_type(lsda, (int64_t)type);
    if (in.at > lsda->filters_end)
        lsda->filters_end = in.at;
}

/* Follows a chain of actions; false: there are types but no table of them. */
static bool note_actions(struct lsda *lsda, uint64_t action) {
    const uint8_t *at = action ? lsda->actions + action - 1 : NULL;
    while (at) {
        struct tc_dwarf in = {at, (const uint8_t *)UINTPTR_MAX};
        int64_t type = tc_dwarf_signed(&in);
        const uint8_t *here = in.at;
        int64_t next = tc_dwarf_signed(&in);
        if (in.at > lsda->actions_end)
            lsda->actions_end = in.at;
        if (type && !lsda->types)
            return false;
        if (type > 0)
            note_type(lsda, type);
        else if (type < 0)
            note_filter(lsda, type);
        at = next ? here + next : NULL;
    }
    return true;
}

static bool place_of(const struct tc_frames *frames, const struct tc_function *function,
                     uint64_t address, uint32_t *place) {
    return tc_clone_place(&frames->area->clones[function->clone], address - function->low, place);
}

/* The address of a landing pad's clone; of the landing pad itself when it has none. */
static uint64_t pad_of(const struct tc_frames *frames, const struct tc_function *function,
                       uint64_t pad) {
    const struct tc_function *other = pad >= function->low && pad < function->high
                                          ? function
                                          : tc_function_at(frames->module, pad);
    uint32_t place;
    if (other && other->state == TC_WHY_CLONED && place_of(frames, other, pad, &place))
        return (uint64_t)frames->area->low + place;
    return pad;
}

/* Rewrites one call site; NULL: not understood. */
static uint8_t *write_site(struct lsda *lsda, const struct tc_frames *frames,
                           const struct tc_function *function, uint8_t *at) {
    uint8_t form = lsda->site_encoding & 0x0f;
    uint64_t start = tc_dwarf_pointer(&lsda->sites, form, 0);
    uint64_t size = tc_dwarf_pointer(&lsda->sites, form, 0);
    uint64_t pad = tc_dwarf_pointer(&lsda->sites, form, 0);
    uint64_t action = tc_dwarf_unsigned(&lsda->sites);
    uint32_t from, to;
    if (!place_of(frames, function, function->low + start, &from) ||
        !place_of(frames, function, function->low + start + size, &to) || to < from ||
        !note_actions(lsda, action))
        return NULL;
    at = tc_write_unsigned(at, from - function->entry);
    at = tc_write_unsigned(at, to - from);
    uint64_t target = pad ? pad_of(frames, function, lsda->pads + pad) : 0;
    if (pad && target <= (uint64_t)frames->area->low)
        return NULL; /* distances are unsigned */
    at = tc_write_unsigned(at, pad ? target - (uint64_t)frames->area->low : 0);
    return tc_write_unsigned(at, action);
}

static unsigned type_size(uint8_t encoding) {
    switch (encoding & 0x0f) {
    case 0x02:
    case 0x0a:
        return 2;
    case 0x03:
    case 0x0b:
        return 4;
    default:
        return 8;
    }
}

/* Everything but the head and the call sites, which lie at [sites, sites_end). */
static uint8_t *write_rest(const struct lsda *lsda, uint8_t *at, const uint8_t *sites,
                           const uint8_t *sites_end) {
    uint64_t site_bytes = (uint64_t)(sites_end - sites);
    uint64_t action_bytes = (uint64_t)(lsda->actions_end - lsda->actions);
    uint8_t number[10];
    uint64_t number_bytes = (uint64_t)(tc_write_unsigned(number, site_bytes) - number);
    if (lsda->types) {
        *at++ = 0; /* absolute pointers */
        at = tc_write_unsigned(at, 1 + number_bytes + site_bytes + action_bytes +
                                       8 * (uint64_t)lsda->type_count);
    } else {
        *at++ = 0xff;
    }
    *at++ = 0x01; /* call sites: numbers of variable length */
    at = tc_write_unsigned(at, site_bytes);
    memcpy(at, sites, site_bytes);
    at += site_bytes;
    memcpy(at, lsda->actions, action_bytes);
    at += action_bytes;
    for (int64_t i = lsda->type_count; lsda->types && i > 0; i--) {
        unsigned size = type_size(lsda->type_encoding);
        struct tc_dwarf in = {lsda->types - (uint64_t)i * size, lsda->types};
        uint64_t type = tc_dwarf_pointer(&in, lsda->type_encoding, 0);
        memcpy(at, &type, 8);
        at += 8;
    }
    if (lsda->types) {
        size_t filters = (size_t)(lsda->filters_end - lsda->types);
        memcpy(at, lsda->types, filters);
        at += filters;
    }
    return at;
}

enum tc_rewrite_why tc_lsda_add(const struct tc_frames *frames, const struct tc_function *function,
                                uint64_t table, const uint8_t **written) {
    struct tc_area *area = frames->area;
    struct lsda lsda;
    read_head(&lsda, function, table);
    /* The call sites are written into the midst of the room first. */
    uint64_t room = (uint64_t)(area->frames_end - area->frames);
    uint64_t most = (uint64_t)(lsda.sites.end - lsda.sites.at) * 10 + 64;
    if (room < most + 4096)
        return TC_WHY_ROOM;
    uint8_t *sites = area->frames + 2048, *at = sites;
    while (at && lsda.sites.at < lsda.sites.end)
        at = write_site(&lsda, frames, function, at);
    enum tc_rewrite_why why = at ? TC_WHY_ROOM : TC_WHY_UNWIND;
    if (at) {
        uint64_t size = (uint64_t)(at - sites) + (uint64_t)(lsda.actions_end - lsda.actions) +
                        8 * (uint64_t)lsda.type_count + (uint64_t)(lsda.filters_end - lsda.types) +
                        48;
        if (room > most + size + 4096) {
            uint8_t *begin = area->frames_end - size;
            begin[0] = 0; /* landing pads count from the start of the area */
            memcpy(begin + 1, &area->low, 8);
            write_rest(&lsda, begin + 9, sites, at);
            area->frames_end = begin;
            *written = begin;
            why = TC_WHY_CLONED;
        }
    }
    memset(sites, 0, most);
    return why;
}
