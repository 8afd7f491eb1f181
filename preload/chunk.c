/* chunk.c: the part of the trace that one thread writes to; see file.h.
 *
 * A thread begins with one page and gets more as it goes on writing, so that ten thousand short
 * threads cost little and a busy one asks seldom.  Before there is a file, the only thread's events
 * are in private memory, in the same form.
 *
 * Times of locks that nobody waits for are sampled here, so that the short way of a hook has
 * nothing to do for it: now and then the limit stands before the end of the chunk, the append goes
 * the slow way, and the clock is put before it and before those that follow, until what the first
 * one acquired is released.
 */
#include <string.h>

#include "preload/compact.h"
#include "preload/event.h"
#include "preload/file_space.h"
#include "preload/object.h"
#include "preload/race/race.h"

#include "preload/poison.h"

#define CHUNK_FIRST        4096u
#define CHUNK_LAST         (1u << 20)
#define CHUNK_GROWTH       4
#define CHUNK_CARVED       (64u << 10) /* up to here from a common segment, above mapped alone */
#define CHUNK_COMPACT      (16u << 10) /* the largest in compact recording */
#define CHUNKS_LARGE       (8u << 20)  /* once threads have this much in use, up to CHUNK_CARVED */
#define MEMORY_FIRST       (64u << 10)
#define COMPACT_PER_OBJECT 16  /* bytes of events, so that its walk over all objects stays cheap */
#define SAMPLE_FIRST       64u /* bytes of records to the first sample, then twice as many, ... */
#define SAMPLE_LAST        1024u    /* ... up to this: about 1 in 500 acquisitions */
#define SAMPLE_EVENTS      32u      /* events that one sample lasts at most */
#define TIME_MAX           16u      /* bytes of a TIME record */
#define RETRY_AFTER        10000000 /* ns between asking a full disk again */

static bool next_in_file(struct tc_thread *self);

static void no_room(struct tc_thread *self) {
    self->cursor = self->limit = self->hot_limit = NULL;
}

/* The last place of the chunk where a record may begin. */
static uint8_t *chunk_limit(const struct tc_thread *self) {
    return (uint8_t *)self->chunk.header + self->chunk.size - TC_RECORD_MAX;
}

/* Sets where the next append goes the slow way: `bytes` from here, or where the chunk is full. With
 * races looked for, every event goes the long way, which tells the clocks. */
static void set_limit(struct tc_thread *self, uint32_t bytes) {
    uint8_t *end = chunk_limit(self);
    bool sampled = tc_process.mode == TC_MODE_FILE; /* what is in memory is seldom ever read */
    self->limit = sampled && end - self->cursor > (ptrdiff_t)bytes ? self->cursor + bytes : end;
    self->hot_limit = tc_race_on() || self->compact ? NULL : self->limit;
}

/* Bytes to the next sample: not always as many, as what a thread does repeats itself. */
static uint32_t next_gap(struct tc_thread *self) {
    uint32_t gap = self->sample_gap ? self->sample_gap : SAMPLE_FIRST;
    self->sample_gap = gap < SAMPLE_LAST ? gap * 2 : SAMPLE_LAST;
    return gap + (uint32_t)(self->last_time & 63);
}

static bool has_space(const struct tc_thread *self) {
    return self->chunk.header && self->cursor && self->cursor + TIME_MAX < chunk_limit(self);
}

size_t tc_chunk_space(const struct tc_thread *self) {
    bool none = !self->chunk.header || !self->cursor || self->cursor >= chunk_limit(self);
    return none ? 0 : (size_t)(chunk_limit(self) - self->cursor);
}

/* A chunk that is not the last has to be full for its reader: times without a length fill it. */
bool tc_chunk_more(struct tc_thread *self) {
    while (tc_chunk_space(self))
        self->cursor = tc_put_number(self->cursor, TC_TAG_TIME, 0);
    return tc_process.mode == TC_MODE_FILE && next_in_file(self);
}

void tc_chunk_take_back(struct tc_thread *self) {
    if (self->chunk.header && self->cursor && self->cursor < chunk_limit(self))
        memset(self->cursor, 0, TC_RECORD_MAX);
}

/* When there is room and the limit only said that a sample is due: the clock.  False: the chunk is
 * full. */
static bool sample_time(struct tc_thread *self) {
    if (!has_space(self))
        return false;
    if (self->sample_left && (self->held->count <= self->sample_held || --self->sample_left == 0)) {
        self->sample_left = 0;
        set_limit(self, next_gap(self));
        return true;
    }
    if (!self->sample_left) {
        self->sample_left = SAMPLE_EVENTS;
        self->sample_held = self->held->count;
    }
    uint64_t now = tc_now();
    self->cursor = tc_put_number(self->cursor, TC_TAG_TIME, now - self->last_time);
    self->last_time = now;
    set_limit(self, 1);
    return true;
}

static void begin(struct tc_thread *self, struct tc_range range) {
    struct tc_chunk_header *header = (struct tc_chunk_header *)range.memory;
    self->chunk = (struct tc_chunk){.header = header,
                                    .offset = range.offset,
                                    .size = range.size,
                                    .own_mapping = range.alone,
                                    .in_memory = tc_process.mode != TC_MODE_FILE};
    self->last_time = tc_now();
    header->kind = TC_CHUNK_EVENTS;
    header->size = range.size;
    header->thread = self->index;
    header->index = self->chunks++;
    header->time = self->last_time;
    __atomic_store_n(&header->magic, TC_CHUNK_MAGIC, __ATOMIC_RELEASE);
    self->cursor = range.memory + sizeof(*header);
    if (tc_process.mode == TC_MODE_FILE)
        tc_compact_chunk(self);
    tc_spawn_chunk(self);
    set_limit(self, next_gap(self));
}

/* A chunk of that size, or a smaller one where that is at hand or there is no more space. */
static bool get_space(uint32_t size, struct tc_range *range) {
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    if (size > CHUNK_CARVED && tc_file.in_use + size > CHUNKS_LARGE)
        size = CHUNK_CARVED;
    bool done = size > CHUNK_CARVED && tc_file_claim(size, range);
    if (!done)
        done = tc_file_carve(size < CHUNK_CARVED ? size : CHUNK_CARVED, CHUNK_FIRST, range);
    bool last = !done;
    if (last)
        done = tc_file_last(CHUNK_FIRST, range);
    if (done)
        tc_file.in_use += range->size;
    tc_lock_give(&tc_file.lock, state);
    if (last)
        tc_compact_no_space();
    return done;
}

/* The first `used` bytes of the chunk are written; the rest is free. */
static void put_space(const struct tc_chunk *chunk, uint32_t used) {
    struct tc_range range = {(uint8_t *)chunk->header, chunk->offset, used, chunk->own_mapping};
    struct tc_range rest = {range.memory + used, range.offset + used, chunk->size - used,
                            range.alone};
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    tc_file.in_use -= chunk->size;
    tc_file_return(rest);
    if (used)
        tc_file_written(range);
    tc_lock_give(&tc_file.lock, state);
}

static void leave_chunk(struct tc_thread *self) {
    if (self->chunk.header && self->chunk.in_memory)
        tc_unmap(self->chunk.header, self->chunk.size);
    else if (self->chunk.header)
        put_space(&self->chunk, self->chunk.size);
    self->chunk.header = NULL;
    no_room(self);
}

/* In memory the one chunk grows. */
static bool grow_in_memory(struct tc_thread *self) {
    uint32_t old = self->chunk.header ? self->chunk.size : 0;
    uint32_t size = old ? old * 2 : MEMORY_FIRST;
    uint8_t *memory = size <= TC_CHUNK_MAX ? tc_map(size) : NULL;
    if (!memory) {
        no_room(self);
        return false;
    }
    if (!old) {
        begin(self, (struct tc_range){memory, 0, size, true});
        return true;
    }
    if (size > tc_objects_kept * COMPACT_PER_OBJECT)
        self->attention |= TC_ATTENTION_COMPACT; /*, once no hook is in the middle of something */
    size_t used = (size_t)(self->cursor - (uint8_t *)self->chunk.header);
    memcpy(memory, self->chunk.header, used);
    tc_unmap(self->chunk.header, old);
    self->chunk.header = (struct tc_chunk_header *)memory;
    self->chunk.size = self->chunk.header->size = size;
    self->cursor = memory + used;
    set_limit(self, next_gap(self));
    return true;
}

static bool next_in_file(struct tc_thread *self) {
    uint64_t now = tc_now();
    if (self->retry_at > now)
        return false;
    leave_chunk(self);
    uint32_t size = self->chunk_wish ? self->chunk_wish : CHUNK_FIRST;
    struct tc_range range;
    if (!get_space(size, &range)) {
        self->retry_at = now + RETRY_AFTER;
        tc_compact_chunk(self);
        return false;
    }
    self->retry_at = 0;
    uint32_t last = self->compact ? CHUNK_COMPACT : CHUNK_LAST;
    self->chunk_wish = size < last ? size * CHUNK_GROWTH : last;
    begin(self, range);
    return true;
}

bool tc_chunk_next(struct tc_thread *self) {
    if (tc_process.mode != TC_MODE_FILE) {
        if (!has_space(self)) /* else the limit only said that a loss is to be told */
            return grow_in_memory(self);
        set_limit(self, 0);
        return true;
    }
    if (self->chunk.header && self->chunk.in_memory) /* another thread made the file */
        return tc_chunk_to_file(self) && tc_has_room(self);
    return sample_time(self) || next_in_file(self);
}

bool tc_chunk_to_file(struct tc_thread *self) {
    struct tc_chunk old = self->chunk;
    uint8_t *cursor = self->cursor;
    if (!old.header)
        return true;
    size_t used = (size_t)(cursor - (uint8_t *)old.header);
    uint32_t size = ((uint32_t)used + TC_RECORD_MAX + TC_PAGE) & ~(TC_PAGE - 1);
    struct tc_range range;
    struct tc_lock_state state = tc_lock_take(&tc_file.lock);
    bool done = tc_file_carve(size, size, &range) || tc_file_last(size, &range);
    tc_file.in_use += done ? range.size : 0;
    tc_lock_give(&tc_file.lock, state);
    self->chunk.header = NULL;
    if (done) {
        self->chunks = 0;
        uint64_t time = self->last_time;
        begin(self, range);
        struct tc_chunk_header *header = self->chunk.header;
        header->time = old.header->time;
        self->last_time = time;
        memcpy(header + 1, old.header + 1, used - sizeof(*header));
        self->cursor = range.memory + used;
        set_limit(self, next_gap(self));
    } else {
        no_room(self);
        self->lost++; /* who knows how many */
        tc_lose(TC_LOSS_DISK, 1);
    }
    tc_unmap(old.header, old.size);
    return done;
}

bool tc_chunk_restart(struct tc_thread *self) {
    leave_chunk(self);
    self->chunks = 0;
    return grow_in_memory(self);
}

/* Whether nothing stayed in the chunk: then it is as if it had not been begun. */
static bool unbegin(struct tc_thread *self) {
    struct tc_chunk_header *header = self->chunk.header;
    if (self->cursor != (uint8_t *)(header + 1))
        return false;
    __atomic_store_n(&header->magic, 0, __ATOMIC_RELEASE);
    memset(header, 0, sizeof(*header));
    self->chunks--;
    return true;
}

void tc_chunk_give_back(struct tc_thread *self) {
    struct tc_chunk *chunk = &self->chunk;
    if (chunk->header && !chunk->in_memory && tc_process.mode == TC_MODE_FILE) {
        uint8_t *memory = (uint8_t *)chunk->header;
        uint32_t used = ((uint32_t)(self->cursor - memory) + TC_PAGE - 1) & ~(TC_PAGE - 1);
        if (unbegin(self))
            used = 0;
        else if (used < chunk->size)
            __atomic_store_n(&chunk->header->size, used, __ATOMIC_RELEASE);
        put_space(chunk, used);
    }
    chunk->header = NULL;
    no_room(self);
}
