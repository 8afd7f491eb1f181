/* clock.c: vector clocks with shared snapshots (clock.h).
 *
 * A vector is a table of pointers to blocks of entries, both reference-counted and copied only when
 * one that is shared must change.  A clock is its own entry and a vector of what it knows of the
 * others, so that a send shares the vector and costs one small allocation.
 *
 * Knowing send N of a thread implies knowing all that this send knew (vectors only grow by whole
 * snapshots); so receiving a send that is known already costs one look-up.
 */
#include "analyzer/model/clock.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/memory.h"

enum { BLOCK = 64 };

struct block {
    uint32_t references;
    uint32_t entries[BLOCK];
};

/* Entries of threads from `count * BLOCK` on are 0, as are those of NULL blocks. */
struct vector {
    uint32_t references, count;
    struct block *blocks[];
};

struct tc_snapshot {
    uint32_t references;
    uint32_t thread, time; /* whose moment, with that thread's entry; 0: a union */
    bool sent;             /* by tc_clock_send: the first moment with this time */
    struct vector *known;  /* what it knew of the others; NULL: nothing */
};

struct tc_clock {
    uint32_t thread, time;
    struct vector *known;
    struct tc_snapshot *now; /* of the present moment, when somebody asked; or NULL */
};

static void drop_block(struct block *block) {
    if (block && --block->references == 0)
        free(block);
}

static void drop_vector(struct vector *vector) {
    if (!vector || --vector->references)
        return;
    for (uint32_t i = 0; i < vector->count; i++)
        drop_block(vector->blocks[i]);
    free(vector);
}

static struct vector *keep_vector(struct vector *vector) {
    if (vector)
        vector->references++;
    return vector;
}

static uint32_t vector_get(const struct vector *vector, uint32_t thread) {
    uint32_t at = thread / BLOCK;
    if (!vector || at >= vector->count || !vector->blocks[at])
        return 0;
    return vector->blocks[at]->entries[thread % BLOCK];
}

/* A vector that only the caller has, with room for `count` blocks, in place of `vector`. */
static struct vector *own_vector(struct vector *vector, uint32_t count) {
    if (vector && vector->references == 1 && vector->count >= count)
        return vector;
    uint32_t have = vector ? vector->count : 0;
    if (count < have)
        count = have;
    struct vector *copy = tc_alloc(sizeof *copy + count * sizeof copy->blocks[0]);
    copy->references = 1;
    copy->count = count;
    for (uint32_t i = 0; i < have; i++) {
        copy->blocks[i] = vector->blocks[i];
        if (copy->blocks[i])
            copy->blocks[i]->references++;
    }
    drop_vector(vector);
    return copy;
}

/* The block at `at` of a vector that only the caller has, made changeable. */
static struct block *own_block(struct vector *vector, uint32_t at) {
    struct block *block = vector->blocks[at];
    if (block && block->references == 1)
        return block;
    struct block *copy = tc_alloc(sizeof *copy);
    if (block)
        memcpy(copy, block, sizeof *copy);
    drop_block(block);
    copy->references = 1;
    vector->blocks[at] = copy;
    return copy;
}

/* Raises one entry; `changed` becomes true when that was needed. */
static struct vector *vector_raise(struct vector *vector, uint32_t thread, uint32_t time,
                                   bool *changed) {
    if (vector_get(vector, thread) >= time)
        return vector;
    *changed = true;
    vector = own_vector(vector, thread / BLOCK + 1);
    own_block(vector, thread / BLOCK)->entries[thread % BLOCK] = time;
    return vector;
}

static bool block_covers(const struct block *block, const struct block *other) {
    for (unsigned i = 0; i < BLOCK; i++)
        if (block->entries[i] < other->entries[i])
            return false;
    return true;
}

/* Raises every entry to that of `from`; blocks that are the same are not looked at. */
static struct vector *vector_join(struct vector *vector, const struct vector *from, bool *changed) {
    if (!from || from == vector)
        return vector;
    if (!vector) {
        *changed = true;
        return keep_vector((struct vector *)from);
    }
    for (uint32_t i = 0; i < from->count; i++) {
        struct block *theirs = from->blocks[i];
        struct block *ours = i < vector->count ? vector->blocks[i] : NULL;
        if (!theirs || theirs == ours || (ours && block_covers(ours, theirs)))
            continue;
        *changed = true;
        vector = own_vector(vector, from->count);
        if (!ours || block_covers(theirs, ours)) {
            drop_block(vector->blocks[i]);
            theirs->references++;
            vector->blocks[i] = theirs;
            continue;
        }
        struct block *block = own_block(vector, i);
        for (unsigned j = 0; j < BLOCK; j++)
            if (block->entries[j] < theirs->entries[j])
                block->entries[j] = theirs->entries[j];
    }
    return vector;
}

struct tc_clock *tc_clock_new(uint32_t thread) {
    struct tc_clock *clock = tc_alloc(sizeof *clock);
    clock->thread = thread;
    clock->time = 1;
    return clock;
}

/* The moment is over. */
static void forget_now(struct tc_clock *clock) {
    tc_snapshot_drop(clock->now);
    clock->now = NULL;
}

void tc_clock_free(struct tc_clock *clock) {
    if (!clock)
        return;
    forget_now(clock);
    drop_vector(clock->known);
    free(clock);
}

uint32_t tc_clock_get(const struct tc_clock *clock, uint32_t thread) {
    return thread == clock->thread ? clock->time : vector_get(clock->known, thread);
}

static struct tc_snapshot *make_snapshot(uint32_t thread, uint32_t time, bool sent,
                                         struct vector *known) {
    struct tc_snapshot *snapshot = tc_alloc(sizeof *snapshot);
    *snapshot = (struct tc_snapshot){
        .references = 1, .thread = thread, .time = time, .sent = sent, .known = known};
    return snapshot;
}

struct tc_snapshot *tc_clock_snapshot(struct tc_clock *clock) {
    if (!clock->now)
        clock->now = make_snapshot(clock->thread, clock->time, false, keep_vector(clock->known));
    return tc_snapshot_keep(clock->now);
}

struct tc_snapshot *tc_snapshot_keep(struct tc_snapshot *snapshot) {
    if (snapshot)
        snapshot->references++;
    return snapshot;
}

void tc_snapshot_drop(struct tc_snapshot *snapshot) {
    if (!snapshot || --snapshot->references)
        return;
    drop_vector(snapshot->known);
    free(snapshot);
}

uint32_t tc_snapshot_get(const struct tc_snapshot *snapshot, uint32_t thread) {
    return snapshot->thread && thread == snapshot->thread ? snapshot->time
                                                          : vector_get(snapshot->known, thread);
}

struct tc_snapshot *tc_clock_send(struct tc_clock *clock) {
    forget_now(clock);
    clock->time++;
    clock->now = make_snapshot(clock->thread, clock->time, true, keep_vector(clock->known));
    return tc_snapshot_keep(clock->now);
}

bool tc_clock_covers(const struct tc_clock *clock, const struct tc_snapshot *from) {
    if (from->sent)
        return tc_clock_get(clock, from->thread) >= from->time;
    return from->thread == clock->thread && from->thread;
}

bool tc_clock_receive(struct tc_clock *clock, const struct tc_snapshot *from) {
    if (tc_clock_covers(clock, from))
        return false;
    bool changed = false;
    clock->known = vector_join(clock->known, from->known, &changed);
    if (from->thread && from->thread != clock->thread)
        clock->known = vector_raise(clock->known, from->thread, from->time, &changed);
    if (changed)
        forget_now(clock);
    return changed;
}

struct tc_snapshot *tc_snapshot_join(const struct tc_snapshot *a, const struct tc_snapshot *b) {
    bool changed = false;
    struct vector *known = vector_join(keep_vector(a->known), b->known, &changed);
    if (a->thread)
        known = vector_raise(known, a->thread, a->time, &changed);
    if (b->thread)
        known = vector_raise(known, b->thread, b->time, &changed);
    return make_snapshot(0, 0, false, known);
}
