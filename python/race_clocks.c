/* race_clocks.c: see race_clocks.h.
 *
 * Channels are found by a hash with chains; a channel's vector is as long as there were slots when
 * it was last sent to, in steps, so that a program of few threads has short ones.
 */
#include "python/race_clocks.h"

#include <stddef.h>
#include <string.h>

#include "preload/sys.h"
#include "python/race_model.h"

#define BUCKET_BITS 14
#define STEP        16 /* slots; vectors are a multiple of it */
#define REST        48 /* slots that are used in turn while there are few threads */
#define SIZES       (TC_PYRACE_SLOTS / STEP)

struct channel {
    struct channel *next; /* in its bucket; of the free ones of its size */
    uint64_t key;
    uint32_t length;
    uint32_t at[];
};

struct tc_pyrace_clocks {
    uint32_t threads[TC_PYRACE_SLOTS][TC_PYRACE_SLOTS];
    uint8_t taken[TC_PYRACE_SLOTS];
    uint32_t next;   /* where a free slot is looked for first */
    uint32_t length; /* the highest slot ever given, and one more */
    struct channel *buckets[1 << BUCKET_BITS];
    struct channel *free[SIZES + 1]; /* by length / STEP */
    struct tc_arena arena;
};

struct tc_pyrace_clocks *tc_pyrace_clocks_new(void) {
    struct tc_pyrace_clocks *clocks = tc_map(sizeof *clocks);
    if (clocks)
        clocks->length = 1;
    return clocks;
}

void tc_pyrace_clocks_free(struct tc_pyrace_clocks *clocks) {
    tc_unmap(clocks, sizeof *clocks);
}

/* As late as possible after its last thread ended, as what that one did counts as the new one's;
 * and as low as possible, as vectors are as long as the highest. */
static unsigned free_slot(const struct tc_pyrace_clocks *clocks) {
    unsigned live = 0;
    for (unsigned slot = 1; slot < TC_PYRACE_SLOTS; slot++)
        live += clocks->taken[slot];
    unsigned window = live < REST / 2 ? REST : TC_PYRACE_SLOTS - 1;
    for (unsigned i = 0; i < window; i++) {
        unsigned slot = (clocks->next + window - 1 + i) % window + 1;
        if (!clocks->taken[slot])
            return slot;
    }
    return 0;
}

unsigned tc_pyrace_clocks_begin(struct tc_pyrace_clocks *clocks) {
    unsigned slot = free_slot(clocks);
    if (!slot)
        return 0;
    clocks->taken[slot] = 1;
    clocks->next = slot + 1;
    if (clocks->length <= slot)
        clocks->length = slot + 1;
    /* It goes on where the slot's last thread was, and knows of nobody else. */
    uint32_t own = clocks->threads[slot][slot];
    memset(clocks->threads[slot], 0, sizeof clocks->threads[slot]);
    clocks->threads[slot][slot] = own + 1;
    return slot;
}

void tc_pyrace_clocks_end(struct tc_pyrace_clocks *clocks, unsigned slot) {
    clocks->taken[slot] = 0;
}

static struct channel **find(struct tc_pyrace_clocks *clocks, uint64_t key) {
    struct channel **link = &clocks->buckets[(key * 0x9e3779b97f4a7c15ull) >> (64 - BUCKET_BITS)];
    while (*link && (*link)->key != key)
        link = &(*link)->next;
    return link;
}

static void give_back(struct tc_pyrace_clocks *clocks, struct channel *channel) {
    struct channel **list = &clocks->free[channel->length / STEP];
    channel->next = *list;
    *list = channel;
}

/* A vector of at least `length` slots, all 0; NULL: no memory. */
static struct channel *take(struct tc_pyrace_clocks *clocks, uint64_t key, uint32_t length) {
    uint32_t steps = (length + STEP - 1) / STEP;
    struct channel *channel = clocks->free[steps];
    size_t size = sizeof *channel + steps * STEP * sizeof channel->at[0];
    if (channel) {
        clocks->free[steps] = channel->next;
        memset(channel, 0, size);
    } else if (!(channel = tc_arena_take(&clocks->arena, size))) {
        return NULL;
    }
    channel->key = key;
    channel->length = steps * STEP;
    return channel;
}

/* The channel, long enough for every slot that was given. */
static struct channel *channel_at(struct tc_pyrace_clocks *clocks, uint64_t key) {
    struct channel **link = find(clocks, key), *old = *link;
    if (old && old->length >= clocks->length)
        return old;
    struct channel *channel = take(clocks, key, clocks->length);
    if (!channel)
        return NULL;
    if (old) {
        memcpy(channel->at, old->at, old->length * sizeof old->at[0]);
        channel->next = old->next;
        give_back(clocks, old);
    }
    *link = channel;
    return channel;
}

void tc_pyrace_clocks_send(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t key) {
    struct channel *channel = channel_at(clocks, key);
    uint32_t *own = clocks->threads[slot];
    for (uint32_t i = 1; channel && i < clocks->length; i++)
        if (channel->at[i] < own[i])
            channel->at[i] = own[i];
    own[slot]++;
}

void tc_pyrace_clocks_learn(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t key) {
    const struct channel *channel = *find(clocks, key);
    uint32_t *own = clocks->threads[slot];
    for (uint32_t i = 1; channel && i < channel->length && i < clocks->length; i++)
        if (own[i] < channel->at[i])
            own[i] = channel->at[i];
}

void tc_pyrace_clocks_receive(struct tc_pyrace_clocks *clocks, unsigned slot, uint64_t key) {
    tc_pyrace_clocks_learn(clocks, slot, key);
    clocks->threads[slot][slot]++; /* a new epoch: what is half done ends here */
}

void tc_pyrace_clocks_learn_thread(struct tc_pyrace_clocks *clocks, unsigned slot, unsigned ended) {
    uint32_t *own = clocks->threads[slot];
    for (uint32_t i = 1; i < clocks->length; i++)
        if (own[i] < clocks->threads[ended][i])
            own[i] = clocks->threads[ended][i];
    own[slot]++;
}

void tc_pyrace_clocks_adopt(struct tc_pyrace_clocks *clocks, unsigned slot, unsigned earlier,
                            uint32_t clock) {
    if (clocks->threads[slot][earlier] < clock)
        clocks->threads[slot][earlier] = clock;
}

void tc_pyrace_clocks_forget(struct tc_pyrace_clocks *clocks, uint64_t key) {
    struct channel **link = find(clocks, key), *channel = *link;
    if (!channel)
        return;
    *link = channel->next;
    give_back(clocks, channel);
}

const uint32_t *tc_pyrace_clocks_epoch(const struct tc_pyrace_clocks *clocks, unsigned slot) {
    return &clocks->threads[slot][slot];
}

bool tc_pyrace_clocks_ordered(const struct tc_pyrace_clocks *clocks, unsigned earlier,
                              uint32_t clock, unsigned slot) {
    return clock <= clocks->threads[slot][earlier];
}
