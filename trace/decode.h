/* decode.h: reads the event stream of one thread, record by record.
 *
 * What: a cursor over the thread's chunks, which keeps the slot cache and the held list in step
 *       with the writer.  Inline where it is hot; edges of chunks are decode.c.
 * Damage: a record that makes no sense ends its chunk; a missing chunk is passed over; after
 * either, cache and held list start empty, as after a LOST record, and TC_NEXT_LOST tells of it.
 * Memory: consumed parts of a mapped file are given back to the kernel on the way.
 * Threads: a cursor belongs to one thread.
 */
#ifndef TC_TRACE_DECODE_H
#define TC_TRACE_DECODE_H

#include "threadcheck/events.h"
#include "trace/holdings.h"
#include "trace/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One decoded event. */
struct tc_raw {
    uint32_t object, stack, result;
    uint8_t code;
    uint8_t slot;    /* 1 to TC_SLOTS: the context that it came from or was put into; 0: none */
    bool fresh;      /* it was put into its slot just now */
    bool has_ticket; /* false with an ORDERED code: one more than the last of the object */
    uint64_t ticket;
    uint64_t arg; /* of TC_NEXT_LOST: how many events, 0: unknown */
};

enum tc_next {
    TC_NEXT_EVENT, /* `raw` is filled in */
    TC_NEXT_LOST,  /* events are missing here: raw.arg many */
    TC_NEXT_END,   /* the stream is over */
    TC_NEXT_AGAIN, /* inside only */
};

/* Why a stream has holes; counted over all cursors by who runs them. */
struct tc_stream_damage {
    uint64_t bad_records;    /* records that make no sense; the rest of the chunk is not read */
    uint64_t missing_chunks; /* holes in the numbering of the chunks */
    uint64_t torn_chunks;    /* chunks that end early although the thread has a next one */
    uint64_t cut_records;    /* the file ends inside of one */
    uint64_t empty_slots;    /* repeats of a context that is not known (after a hole) */
};

struct tc_kept {
    uint32_t object, stack;
    uint8_t code, mode; /* mode: what an acquire pushes, else NONE */
};

struct tc_cursor {
    const uint8_t *at;
    const uint8_t *limit;  /* below it, a whole record can be read without a look at the end */
    const uint8_t *end;    /* of the chunk */
    struct tc_kept *slots; /* TC_SLOTS + 1, from 1; NULL before the first is kept */
    struct tc_holdings held;
    uint64_t time; /* ns since the process started */
    struct tc_stream_damage damage;

    struct tc_trace *trace;
    const uint8_t *stopped;  /* the zero that ended the newest chunk read; NULL: it was full */
    const uint8_t *consumed; /* given back to the kernel up to here */
    uint32_t thread, chunk;  /* position of the next chunk in the trace's index */
    uint32_t next_index;     /* the number that the next chunk should have */
    bool reset;              /* a hole lies before the next record */
    bool ended;              /* the thread's exit was read; late events may follow */
    bool out_of_memory;
};

/* A cursor at the start of the thread's stream. */
void tc_cursor_init(struct tc_cursor *cursor, struct tc_trace *trace, uint32_t thread);
void tc_cursor_free(struct tc_cursor *cursor);

/* To be called when others were read since the last record: of a compressed trace, what comes next
 * may have had to give its place up. */
void tc_cursor_resume(const struct tc_cursor *cursor);

/* Whether the program has written on since the cursor came to the end: it runs. */
bool tc_cursor_grew(const struct tc_cursor *cursor);

/* The next event of the stream. */
static inline enum tc_next tc_cursor_next(struct tc_cursor *cursor, struct tc_raw *raw);

/* The parts below are of the decoder itself. */

enum tc_next tc_cursor_edge(struct tc_cursor *cursor, struct tc_raw *raw);
bool tc_cursor_keep(struct tc_cursor *cursor, unsigned slot, const struct tc_raw *raw);

/* What an acquire of this code pushes on the held list. */
static inline uint8_t tc_pushed_mode(uint8_t code) {
    const struct tc_event_info *info = &tc_event_table[code];
    bool pushes = info->effect == TC_EFFECT_ACQUIRE && info->mode != TC_MODE_COUNTED;
    return pushes ? info->mode : (uint8_t)TC_MODE_NONE;
}

/* Reads a varint of at most 10 bytes; what does not fit 64 bits is cut off. */
static inline const uint8_t *tc_get_varint(const uint8_t *at, uint64_t *value) {
    uint64_t byte = *at++;
    uint64_t sum = byte & 0x7f;
    for (unsigned shift = 7; byte & 0x80 && shift < 70; shift += 7) {
        byte = *at++;
        sum |= (byte & 0x7f) << shift;
    }
    *value = sum;
    return at;
}

static inline const uint8_t *tc_get_u32(const uint8_t *at, uint32_t *value) {
    uint64_t wide;
    at = tc_get_varint(at, &wide);
    *value = wide > UINT32_MAX ? UINT32_MAX : (uint32_t)wide;
    return at;
}

/* The tags that are not hot.  Reads at most TC_RECORD_MAX bytes; NULL: no such record. */
const uint8_t *tc_decode_rare(struct tc_cursor *cursor, const uint8_t *at, struct tc_raw *raw,
                              enum tc_next *kind);

/* Fills in what the context in `slot` says; false when there is none. */
static inline bool tc_decode_context(struct tc_cursor *cursor, unsigned slot, struct tc_raw *raw) {
    if (__builtin_expect(!cursor->slots, 0))
        return false;
    const struct tc_kept *kept = &cursor->slots[slot];
    raw->object = kept->object;
    raw->stack = kept->stack;
    raw->code = kept->code;
    raw->slot = (uint8_t)slot;
    raw->fresh = false;
    raw->arg = 0;
    raw->result = 0;
    if (kept->mode &&
        __builtin_expect(!tc_holdings_push(&cursor->held, kept->object, kept->mode, 1), 0))
        cursor->out_of_memory = true;
    return kept->code != TC_EV_END;
}

/* Decodes the record at `at`.  Returns the byte after it; NULL: there is none (`kind` is END) or it
 * makes no sense (`kind` is AGAIN). */
static inline const uint8_t *tc_decode(struct tc_cursor *cursor, const uint8_t *at,
                                       struct tc_raw *raw, enum tc_next *kind) {
    uint8_t tag = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    *kind = TC_NEXT_EVENT;
    if (__builtin_expect(tag >= 1 && tag <= TC_SLOTS, 1)) {
        raw->has_ticket = false;
        if (__builtin_expect(!tc_decode_context(cursor, tag, raw), 0)) {
            cursor->damage.empty_slots++;
            *kind = TC_NEXT_AGAIN;
        }
        return at + 1;
    }
    if (__builtin_expect(tag == TC_TAG_RELEASE_LAST, 1)) {
        struct tc_holding last = tc_holdings_pop(&cursor->held);
        raw->object = last.object;
        raw->stack = 0;
        raw->code = last.mode == TC_MODE_SHARED ? TC_EV_RELEASE_SHARED : TC_EV_RELEASE;
        raw->slot = 0;
        raw->arg = 0;
        raw->result = 0;
        raw->has_ticket = false;
        if (__builtin_expect(!last.object, 0)) {
            cursor->damage.empty_slots++;
            *kind = TC_NEXT_AGAIN;
        }
        return at + 1;
    }
    return tc_decode_rare(cursor, at, raw, kind);
}

static inline enum tc_next tc_cursor_next(struct tc_cursor *cursor, struct tc_raw *raw) {
    for (;;) {
        enum tc_next kind;
        if (__builtin_expect(cursor->at >= cursor->limit, 0)) {
            kind = tc_cursor_edge(cursor, raw);
        } else {
            const uint8_t *next = tc_decode(cursor, cursor->at, raw, &kind);
            if (__builtin_expect(next != NULL, 1)) {
                cursor->at = next;
            } else {
                cursor->reset |= kind == TC_NEXT_AGAIN;
                cursor->stopped = cursor->at;
                cursor->at = cursor->limit = cursor->end; /* the edge goes on to the next chunk */
                kind = TC_NEXT_AGAIN;
            }
        }
        if (__builtin_expect(kind != TC_NEXT_AGAIN, 1))
            return kind;
    }
}

#ifdef __cplusplus
}
#endif
#endif
