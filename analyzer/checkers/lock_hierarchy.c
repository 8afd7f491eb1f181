/* lock_hierarchy.c: lock-hierarchy: locks taken against the order that the program declared.
 *
 * tc_lock_order says that one lock comes before another, and with it that all locks of the first
 * one's class come before all of the second one's; a class is what was initialised at one place.
 * tc_lock_class_order says it of names.  So a lock goes by up to three keys, and a declaration is
 * an edge between two keys.  Declarations add up: A before B and B before C give A before C.
 */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/memory.h"
#include "analyzer/checkers/support.h"

#define SEARCH_NODES 1024 /* keys that one look at the declarations may visit */

enum key_kind { KEY_OBJECT = 1, KEY_CLASS, KEY_NAME, KEY_KINDS = KEY_NAME };

struct after { /* what a key comes before */
    struct key *key;
    uint32_t thread, stack; /* of the declaration */
};

struct key {
    uint64_t id;
    struct after *after;
    size_t after_count, after_capacity;
    uint64_t search; /* the last one that came here */
    UT_hash_handle hh;
};

struct tc_lock_hierarchy {
    struct tc_findings *findings;
    const struct tc_model *model;
    struct key *keys;
    uint64_t searches;
    struct key *open[SEARCH_NODES];
};

static void *hierarchy_create(const struct tc_config *config, struct tc_findings *findings,
                              const struct tc_model *model) {
    (void)config;
    struct tc_lock_hierarchy *self = tc_alloc(sizeof *self);
    self->findings = findings;
    self->model = model;
    return self;
}

static uint64_t name_id(const char *name) {
    uint64_t id = KEY_NAME;
    for (const char *p = name; *p; p++)
        id = tc_key(id, (unsigned char)*p);
    return id;
}

/* The key of an object, 0: it has none of this kind. */
static uint64_t key_id(const struct tc_object *object, enum key_kind kind) {
    switch (kind) {
    case KEY_OBJECT:
        return tc_key(KEY_OBJECT, object->id);
    case KEY_CLASS:
        return object->stack && !(object->attr & (TC_ATTR_NO_INIT_SEEN | TC_ATTR_FIRST_USE))
                   ? tc_key(KEY_CLASS, object->stack)
                   : 0;
    case KEY_NAME:
        return object->name ? name_id(object->name) : 0;
    }
    return 0;
}

static struct key *find_key(const struct tc_lock_hierarchy *self, uint64_t id) {
    struct key *key;
    HASH_FIND(hh, self->keys, &id, sizeof id, key);
    return key;
}

static struct key *reach_key(struct tc_lock_hierarchy *self, uint64_t id) {
    struct key *key = find_key(self, id);
    if (key)
        return key;
    key = tc_alloc(sizeof *key);
    key->id = id;
    HASH_ADD(hh, self->keys, id, sizeof key->id, key);
    return key;
}

static void declare(struct tc_lock_hierarchy *self, const struct tc_step *step, uint64_t before,
                    uint64_t after) {
    if (!before || !after || before == after)
        return;
    struct key *from = reach_key(self, before), *to = reach_key(self, after);
    for (size_t i = 0; i < from->after_count; i++)
        if (from->after[i].key == to)
            return;
    from->after =
        tc_grow(from->after, from->after_count, &from->after_capacity, sizeof *from->after);
    from->after[from->after_count++] =
        (struct after){to, step->record->thread, step->record->stack};
}

static void note_order(struct tc_lock_hierarchy *self, const struct tc_step *step) {
    const struct tc_object *before = step->object;
    const struct tc_object *after = step->record->arg <= UINT32_MAX
                                        ? tc_model_object(self->model, (uint32_t)step->record->arg)
                                        : NULL;
    if (!before || !after)
        return;
    if (before->type == TC_OBJECT_CHANNEL && after->type == TC_OBJECT_CHANNEL) {
        declare(self, step, key_id(before, KEY_NAME), key_id(after, KEY_NAME));
        return;
    }
    declare(self, step, key_id(before, KEY_OBJECT), key_id(after, KEY_OBJECT));
    declare(self, step, key_id(before, KEY_CLASS), key_id(after, KEY_CLASS));
}

/* Whether the search has come to a key of the object. */
static bool is_reached(const struct tc_lock_hierarchy *self, const struct tc_object *object) {
    for (int kind = KEY_OBJECT; kind <= KEY_KINDS; kind++) {
        uint64_t id = key_id(object, (enum key_kind)kind);
        const struct key *key = id ? find_key(self, id) : NULL;
        if (key && key->search == self->searches)
            return true;
    }
    return false;
}

/* Goes through all keys that `first` comes before.  The first declaration on the way, when `second`
 * is among them, or NULL. */
static const struct after *comes_before(struct tc_lock_hierarchy *self,
                                        const struct tc_object *first,
                                        const struct tc_object *second) {
    for (int kind = KEY_OBJECT; kind <= KEY_KINDS; kind++) {
        uint64_t id = key_id(first, (enum key_kind)kind);
        struct key *key = id ? find_key(self, id) : NULL;
        for (size_t i = 0; key && i < key->after_count; i++) {
            size_t open = 0;
            self->searches++;
            self->open[open++] = key->after[i].key;
            key->after[i].key->search = self->searches;
            for (size_t at = 0; at < open; at++)
                for (size_t j = 0; j < self->open[at]->after_count && open < SEARCH_NODES; j++) {
                    struct key *next = self->open[at]->after[j].key;
                    if (next->search == self->searches)
                        continue;
                    next->search = self->searches;
                    self->open[open++] = next;
                }
            if (is_reached(self, second))
                return &key->after[i];
        }
    }
    return NULL;
}

static uint64_t cause_of(const struct tc_object *object) {
    uint64_t class = key_id(object, KEY_CLASS), name = key_id(object, KEY_NAME);
    return class ? class : name ? name : key_id(object, KEY_OBJECT);
}

static void report(struct tc_lock_hierarchy *self, const struct tc_step *step,
                   const struct tc_held *held, const struct after *rule) {
    uint32_t stack = step->record->stack;
    uint64_t objects = tc_key(tc_key(1, cause_of(held->object)), cause_of(step->object));
    uint64_t places = stack && held->stack ? tc_key(tc_key(2, held->stack), stack) : objects;
    struct tc_finding *finding =
        tc_findings_add2(self->findings, TC_FINDING_LOCK_HIERARCHY, objects, places);
    if (!finding)
        return;
    size_t first = tc_finding_object(finding, step->object->id);
    size_t second = tc_finding_object(finding, held->object->id);
    size_t t = tc_finding_thread(finding, step->record->thread);
    tc_finding_stack(finding, t, stack, "acquires {o%zu} while holding {o%zu}", first, second);
    tc_finding_stack(finding, t, held->stack, "acquired {o%zu}", second);
    tc_finding_stack(finding, tc_finding_thread(finding, rule->thread), rule->stack,
                     "declared the order");
    tc_finding_title(finding, "{o%zu} is acquired after {o%zu}, against the declared order", first,
                     second);
    tc_finding_explain(finding,
                       "{t%zu} asks for {o%zu} while it holds {o%zu}, but the program "
                       "declares{S%u} that {o%zu} comes first.",
                       t, first, second, rule->stack, first);
    tc_finding_advise(finding, "Acquire {o%zu} before {o%zu} here, too; or release {o%zu} first.",
                      first, second, second);
    tc_finding_doubt(finding, self->model);
}

/* A try cannot block, so that no order can be broken by it; neither can what is held already. */
static void check(struct tc_lock_hierarchy *self, const struct tc_step *step) {
    if (!self->keys || !step->object || !step->held->count || !tc_is_lock(step->object) ||
        step->object->uncertain || (step->info->flags & (TC_FLAG_TRY | TC_FLAG_STATE)) ||
        tc_may_hold(step->thread, step->object) || tc_thread_holds(step->thread, step->object))
        return;
    for (uint32_t i = 0; i < step->held->count; i++) {
        const struct tc_held *held = &step->held->entries[i];
        if (!tc_is_lock(held->object) || held->object->uncertain)
            continue;
        const struct after *rule = comes_before(self, step->object, held->object);
        if (rule)
            report(self, step, held, rule);
    }
}

static void hierarchy_step(void *opaque, const struct tc_step *step) {
    if (step->info->effect != TC_EFFECT_NONE)
        check(opaque, step);
    else if (step->record->code == TC_EV_LOCK_ORDER)
        note_order(opaque, step);
}

static void hierarchy_destroy(void *opaque) {
    struct tc_lock_hierarchy *self = opaque;
    struct key *key, *next;
    HASH_ITER(hh, self->keys, key, next) {
        HASH_DEL(self->keys, key);
        free(key->after);
        free(key);
    }
    free(self);
}

const struct tc_checker tc_checker_lock_hierarchy = {
    .name = "lock_hierarchy",
    .help = "locks taken against the order that annotations declare",
    .effects = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE) | TC_WANTS(NONE),
    .first = TC_WANTS(REQUEST) | TC_WANTS(ACQUIRE),
    .create = hierarchy_create,
    .step = hierarchy_step,
    .destroy = hierarchy_destroy,
};
