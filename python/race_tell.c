/* race_tell.c: writes what the model found to the trace; see race_watch.h.
 *
 * A context is a stack, the thread it is of and the locks that it held; equal ones have one number.
 */
#include <string.h>

#include "preload/enter.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/race/race.h"
#include "preload/sys.h"
#include "python/race_watch.h"

#include "preload/poison.h"

#define HELD_MAX  32
#define FIRST     1024u
#define UNKNOWN   1u /* the context of which nothing is known */
#define PAIRS     4096u
#define PAIRS_MAX (PAIRS / 2) /* told at most */

struct context {
    uint32_t stack, thread, held;
    uint32_t locks[];
};

static struct contexts {
    struct context **by_number; /* from 2 */
    uint32_t *by_hash;
    uint32_t count, mask;
    struct tc_arena arena;
} contexts;

static uint64_t pairs[PAIRS];
static uint32_t pairs_count;

static uint32_t hash_of(const struct context *context) {
    uint64_t hash = (uint64_t)context->stack << 32 | context->thread;
    for (uint32_t i = 0; i < context->held; i++)
        hash = (hash ^ context->locks[i]) * 0x9e3779b97f4a7c15ull;
    hash *= 0xc4ceb9fe1a85ec53ull;
    return (uint32_t)(hash >> 32);
}

static bool is_same(const struct context *a, const struct context *b) {
    return a->stack == b->stack && a->thread == b->thread && a->held == b->held &&
           memcmp(a->locks, b->locks, a->held * sizeof a->locks[0]) == 0;
}

/* Where it is, or would be, in by_hash. */
static uint32_t *place_of(const struct context *context) {
    uint32_t at = hash_of(context);
    while (contexts.by_hash[at & contexts.mask] &&
           !is_same(contexts.by_number[contexts.by_hash[at & contexts.mask]], context))
        at++;
    return &contexts.by_hash[at & contexts.mask];
}

static bool grow(void) {
    uint32_t size = contexts.mask ? (contexts.mask + 1) * 2 : FIRST;
    struct context **by_number = tc_map(size / 2 * sizeof *by_number);
    uint32_t *by_hash = tc_map(size * sizeof *by_hash);
    if (!by_number || !by_hash)
        return false;
    struct contexts old = contexts;
    contexts.by_number = by_number;
    contexts.by_hash = by_hash;
    contexts.mask = size - 1;
    if (!old.mask) {
        contexts.count = UNKNOWN + 1;
        return true;
    }
    memcpy(by_number, old.by_number, old.count * sizeof *by_number);
    for (uint32_t i = UNKNOWN + 1; i < old.count; i++)
        *place_of(by_number[i]) = i;
    tc_unmap(old.by_number, (old.mask + 1) / 2 * sizeof *by_number);
    tc_unmap(old.by_hash, (old.mask + 1) * sizeof *by_hash);
    return true;
}

static uint32_t number_of(const struct context *wanted) {
    if (contexts.count >= (contexts.mask + 1) / 2 && !grow())
        return UNKNOWN;
    uint32_t *place = place_of(wanted);
    if (*place)
        return *place;
    size_t size = sizeof *wanted + wanted->held * sizeof wanted->locks[0];
    struct context *kept = tc_arena_take(&contexts.arena, size);
    if (!kept)
        return UNKNOWN;
    memcpy(kept, wanted, size);
    contexts.by_number[contexts.count] = kept;
    *place = contexts.count;
    return contexts.count++;
}

uint32_t tc_pyrace_context(void *unused) {
    (void)unused;
    struct tc_thread *self = tc_enter();
    if (!self)
        return UNKNOWN;
    union {
        struct context context;
        uint32_t room[sizeof(struct context) / 4 + HELD_MAX];
    } now;
    now.context.stack = tc_py_stack(self, tc_pyrace_at);
    now.context.thread = tc_thread_index(self);
    const struct tc_held_list *held = self->held;
    now.context.held = held->count < HELD_MAX ? held->count : HELD_MAX;
    for (uint32_t i = 0; i < now.context.held; i++)
        now.context.locks[i] = tc_held_object(held->entries[i]);
    tc_leave(self);
    return number_of(&now.context);
}

void tc_pyrace_tell_forked(void) {
    if (contexts.mask) {
        memset(contexts.by_hash, 0, (contexts.mask + 1) * sizeof contexts.by_hash[0]);
        contexts.count = UNKNOWN + 1;
    }
    memset(pairs, 0, sizeof pairs);
    pairs_count = 0;
}

/* True for the first time that these two places meet in this way. */
static bool is_new(const struct tc_pyrace_found *found) {
    uint64_t a = found->earlier.place, b = found->later.place;
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    uint64_t pair = (low * 0x9e3779b97f4a7c15ull ^ high) * 8 + found->grade;
    uint32_t at = (uint32_t)(pair * 0xc4ceb9fe1a85ec53ull >> 40);
    while (pairs[at % PAIRS] && pairs[at % PAIRS] != pair)
        at++;
    if (pairs[at % PAIRS] || pairs_count >= PAIRS_MAX)
        return false;
    pairs[at % PAIRS] = pair;
    pairs_count++;
    return true;
}

/* What it is about, as the program writes it. */

static void add_string(struct tc_text *text, PyObject *string) {
    char buffer[200];
    if (string && tc_py_text(string, buffer, sizeof buffer))
        tc_text_add(text, buffer);
}

static void add_class(struct tc_text *text, const PyObject *class) {
    const char *name = tc_py_at(class, 24); /* tp_name */
    const char *dot = strrchr(name, '.');
    tc_text_add(text, " of class ");
    tc_text_add(text, dot ? dot + 1 : name);
}

static void add_key(struct tc_text *text, PyObject *key) {
    PyObject *type, *value, *trace;
    tc_py.PyErr_Fetch(&type, &value, &trace);
    PyObject *shown = tc_py.PyObject_Repr(key);
    tc_text_add(text, "[");
    add_string(text, shown);
    tc_text_add(text, "]");
    tc_py.Py_DecRef(shown);
    tc_py.PyErr_Restore(type, value, trace);
}

static void name_of(struct tc_text *text, const struct tc_pyrace_site *site, PyObject *object,
                    PyObject *key) {
    add_string(text, site->text);
    switch ((enum tc_pyrace_kind)site->kind) {
    case TC_PYRACE_GLOBAL:
    case TC_PYRACE_CONTAINER:
        break;
    case TC_PYRACE_ATTRIBUTE:
        if (object->type != tc_py.PyModule_Type && object->type != tc_py.PyType_Type)
            add_class(text, object->type);
        break;
    case TC_PYRACE_ITEM:
        if (key)
            add_key(text, key);
        break;
    case TC_PYRACE_CELL:
        tc_text_add(text, " of an enclosing function");
        break;
    }
}

static struct tc_meta_race_side side_of(const struct tc_pyrace_side *side, uintptr_t object,
                                        uint32_t *locks, uint32_t *used) {
    struct tc_meta_race_side record = {
        .address = object,
        .flags = (side->write ? TC_RACE_WRITE : 0u) | (side->modify ? TC_RACE_MODIFY : 0u),
        .thread = tc_pyrace_thread_of(side->slot),
        .held = UINT32_MAX,
    };
    if (side->context <= UNKNOWN || side->context >= contexts.count)
        return record;
    const struct context *context = contexts.by_number[side->context];
    record.thread = context->thread;
    record.stack = context->stack;
    record.held = context->held;
    memcpy(locks + *used, context->locks, context->held * sizeof *locks);
    *used += context->held;
    return record;
}

void tc_pyrace_tell(const struct tc_pyrace_found *found, const struct tc_pyrace_site *site,
                    PyObject *object, PyObject *key) {
    if (!is_new(found))
        return;
    char buffer[400];
    struct tc_text text = tc_text_begin(buffer, sizeof buffer);
    name_of(&text, site, object, key);
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    uint32_t locks[2 * HELD_MAX], used = 0;
    struct tc_meta_race record = {.id = tc_race_new_id(), .grade = found->grade};
    record.sides[0] = side_of(&found->later, (uintptr_t)object, locks, &used);
    record.sides[1] = side_of(&found->earlier, (uintptr_t)object, locks, &used);
    struct tc_meta_name name = {.id = record.id};
    tc_materialise(self);
    if (tc_meta_put(TC_META_RACE_NAME, &name, sizeof name, buffer, strlen(buffer)) &&
        tc_meta_put(TC_META_RACE, &record, sizeof record, locks, used * sizeof *locks))
        tc_event(self, TC_EV_RACE, (struct tc_ref){0}, record.sides[0].stack, record.id, 0);
    else
        tc_lose(TC_LOSS_DISK, 1);
    tc_leave(self);
}
