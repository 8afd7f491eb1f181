/* local.c: local: attributes of which every thread has its own.
 *
 * Each thread keeps a list of its attributes; one belongs to a local by the local's id, which is
 * never used again, so that nothing in it points to a local that may be gone.  All threads'
 * attributes are also in one list, for threading_local_destroy.
 * Threads: a thread's list is protected by its own guard, which only a destroy ever contends for;
 *   the list of all by `guard`, which is taken first.  Release functions are called with neither.
 */
#include <stdlib.h>
#include <string.h>

#include "thread.h"

struct threading_attributes {
    struct threading_attributes *next;           /* of the thread */
    struct threading_attributes *after, *before; /* of all threads */
    struct threading_self *owner;
    uint64_t local;
    void *value;
    void (*release)(void *);
    char name[];
};

static uint32_t guard;
static struct threading_attributes *all;
static uint64_t last_id;

/* The local's id; a static initialiser leaves it 0. */
static uint64_t id_of(threading_local *local) {
    uint64_t id = __atomic_load_n(&local->id, __ATOMIC_RELAXED);
    if (id)
        return id;
    uint64_t fresh = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
    return __atomic_compare_exchange_n(&local->id, &id, fresh, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED)
               ? fresh
               : id;
}

static struct threading_attributes **find(uint64_t local, const char *name) {
    struct threading_attributes **link = &threading_self.attributes;
    while (*link && ((*link)->local != local || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

static void lock_both(struct threading_self *self) {
    threading_word_lock(&guard);
    threading_word_lock(&self->attributes_guard);
}

static void unlock_both(struct threading_self *self) {
    threading_word_unlock(&self->attributes_guard);
    threading_word_unlock(&guard);
}

static void add(struct threading_attributes *attribute) {
    attribute->owner = &threading_self;
    attribute->next = threading_self.attributes;
    threading_self.attributes = attribute;
    attribute->after = all;
    if (all)
        all->before = attribute;
    all = attribute;
}

static struct threading_attributes *take(struct threading_attributes **link) {
    struct threading_attributes *attribute = *link;
    *link = attribute->next;
    *(attribute->before ? &attribute->before->after : &all) = attribute->after;
    if (attribute->after)
        attribute->after->before = attribute->before;
    return attribute;
}

static void dispose(struct threading_attributes *attribute) {
    if (attribute->release)
        attribute->release(attribute->value);
    free(attribute);
}

int threading_local_init(threading_local *local) {
    *local = (threading_local)THREADING_LOCAL_INIT;
    id_of(local);
    return 0;
}

int threading_local_set_name(threading_local *local, const char *name) {
    return threading_name_set(&local->name, name);
}

int threading_local_set(threading_local *local, const char *name, void *value,
                        void (*release)(void *)) {
    if (!name)
        return EINVAL;
    struct threading_attributes *old = NULL;
    struct threading_attributes *made = calloc(1, sizeof *made + strlen(name) + 1);
    if (!made)
        return ENOMEM;
    strcpy(made->name, name);
    made->local = id_of(local);
    made->value = value;
    made->release = release;
    if (threading_call_at_end()) {
        free(made);
        return ENOMEM;
    }
    lock_both(&threading_self);
    struct threading_attributes **link = find(made->local, name);
    if (*link)
        old = take(link);
    add(made);
    unlock_both(&threading_self);
    if (old)
        dispose(old);
    return 0;
}

int threading_local_get(threading_local *local, const char *name, void **value) {
    if (!name || !value)
        return EINVAL;
    uint64_t id = id_of(local);
    threading_word_lock(&threading_self.attributes_guard);
    struct threading_attributes *attribute = *find(id, name);
    if (attribute)
        *value = attribute->value;
    threading_word_unlock(&threading_self.attributes_guard);
    return attribute ? 0 : ENOENT;
}

int threading_local_del(threading_local *local, const char *name) {
    if (!name)
        return EINVAL;
    uint64_t id = id_of(local);
    lock_both(&threading_self);
    struct threading_attributes **link = find(id, name);
    struct threading_attributes *old = *link ? take(link) : NULL;
    unlock_both(&threading_self);
    if (!old)
        return ENOENT;
    dispose(old);
    return 0;
}

static void dispose_all(struct threading_attributes *taken) {
    while (taken) {
        struct threading_attributes *attribute = taken;
        taken = attribute->next;
        dispose(attribute);
    }
}

/* A release function may set attributes again: as many rounds as pthread keys get. */
void threading_release_attributes(void) {
    const int rounds = 4;
    for (int i = 0; i < rounds && threading_self.attributes; i++) {
        struct threading_attributes *taken = NULL, **last = &taken;
        lock_both(&threading_self);
        while (threading_self.attributes) {
            *last = take(&threading_self.attributes);
            last = &(*last)->next;
            *last = NULL;
        }
        unlock_both(&threading_self);
        dispose_all(taken);
    }
}

/* Takes one away from whichever thread has it, with the guard held. */
static void take_from_owner(struct threading_attributes *attribute) {
    struct threading_self *owner = attribute->owner;
    threading_word_lock(&owner->attributes_guard);
    struct threading_attributes **link = &owner->attributes;
    while (*link != attribute)
        link = &(*link)->next;
    take(link);
    threading_word_unlock(&owner->attributes_guard);
}

int threading_local_destroy(threading_local *local) {
    uint64_t id = id_of(local);
    struct threading_attributes *taken = NULL;
    threading_word_lock(&guard);
    for (struct threading_attributes *attribute = all, *after; attribute; attribute = after) {
        after = attribute->after;
        if (attribute->local != id)
            continue;
        take_from_owner(attribute);
        attribute->next = taken;
        taken = attribute;
    }
    threading_word_unlock(&guard);
    dispose_all(taken);
    local->id = 0;
    return threading_name_set(&local->name, NULL);
}

void threading_attributes_before_fork(void) {
    threading_word_lock(&guard);
}

/* Values of threads that a forked child does not have.  They stay as they are, as nobody knows what
 * they mean there, but are not forgotten: a leak checker would complain. */
static struct threading_attributes *abandoned;

void threading_attributes_after_fork(bool child) {
    if (child) {
        struct threading_attributes *before = all;
        all = NULL;
        for (struct threading_attributes *one = before; one; one = before) {
            before = one->after;
            struct threading_attributes **list = one->owner == &threading_self ? &all : &abandoned;
            one->before = NULL;
            one->after = *list;
            if (*list)
                (*list)->before = one;
            *list = one;
        }
    }
    threading_word_unlock(&guard);
}
