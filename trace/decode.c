/* decode.c: the parts of the decoder that are not hot (decode.h). */
#include "trace/decode.h"

#include <string.h>

#include "trace/file.h"

/* Bytes of a chunk that are read before what was consumed is given back. */
#define SEGMENT (256u << 10)

void tc_cursor_init(struct tc_cursor *cursor, struct tc_trace *trace, uint32_t thread) {
    *cursor = (struct tc_cursor){.trace = trace, .thread = thread};
    cursor->chunk = tc_trace_first_chunk(trace, thread);
}

void tc_cursor_free(struct tc_cursor *cursor) {
    tc_holdings_free(&cursor->held);
    free(cursor->slots);
    cursor->slots = NULL;
    cursor->at = cursor->limit = cursor->end = NULL;
    cursor->chunk = UINT32_MAX;
}

bool tc_cursor_grew(const struct tc_cursor *cursor) {
    return cursor->stopped && __atomic_load_n(cursor->stopped, __ATOMIC_ACQUIRE) != TC_TAG_END &&
           !cursor->damage.bad_records && !cursor->damage.cut_records;
}

bool tc_cursor_keep(struct tc_cursor *cursor, unsigned slot, const struct tc_raw *raw) {
    if (!cursor->slots) {
        cursor->slots = calloc(TC_SLOTS + 1, sizeof *cursor->slots);
        if (!cursor->slots) {
            cursor->out_of_memory = true;
            return false;
        }
    }
    cursor->slots[slot] =
        (struct tc_kept){raw->object, raw->stack, raw->code, tc_pushed_mode(raw->code)};
    return true;
}

/* Mirrors what a full EVENT record does to the held list. */
static void follow_held(struct tc_cursor *cursor, const struct tc_raw *raw) {
    const struct tc_event_info *info = &tc_event_table[raw->code];
    if (info->mode != TC_MODE_EXCLUSIVE && info->mode != TC_MODE_SHARED)
        return;
    uint32_t levels = 1;
    if (info->flags & TC_FLAG_WAIT && raw->arg)
        levels = raw->arg > UINT32_MAX ? UINT32_MAX : (uint32_t)raw->arg;
    if (info->effect == TC_EFFECT_ACQUIRE &&
        !tc_holdings_push(&cursor->held, raw->object, info->mode, levels))
        cursor->out_of_memory = true;
    if (info->effect == TC_EFFECT_RELEASE)
        tc_holdings_remove(&cursor->held, raw->object, levels);
}

static const uint8_t *decode_event(struct tc_cursor *cursor, const uint8_t *at,
                                   struct tc_raw *raw) {
    *raw = (struct tc_raw){.code = at[1]};
    uint8_t fields = at[2];
    at = tc_get_u32(at + 3, &raw->object);
    if (fields & TC_FIELD_STACK)
        at = tc_get_u32(at, &raw->stack);
    if (fields & TC_FIELD_TICKET) {
        at = tc_get_varint(at, &raw->ticket);
        raw->has_ticket = true;
    }
    if (fields & TC_FIELD_ARG)
        at = tc_get_varint(at, &raw->arg);
    if (fields & TC_FIELD_RESULT)
        at = tc_get_u32(at, &raw->result);
    if (fields & TC_FIELD_KEEP) {
        unsigned slot = tc_context_slot(raw->object, raw->stack, raw->code) + 1;
        if (tc_cursor_keep(cursor, slot, raw)) {
            raw->slot = (uint8_t)slot;
            raw->fresh = true;
        }
    }
    follow_held(cursor, raw);
    cursor->ended |= raw->code == TC_EV_THREAD_EXIT;
    return at;
}

static const uint8_t *decode_switch(struct tc_cursor *cursor, const uint8_t *at, struct tc_raw *raw,
                                    enum tc_next *kind) {
    unsigned slot = at[1] + 1u;
    at = tc_get_varint(at + 2, &raw->ticket);
    raw->has_ticket = true;
    if (slot > TC_SLOTS)
        return NULL;
    if (!tc_decode_context(cursor, slot, raw)) {
        cursor->damage.empty_slots++;
        *kind = TC_NEXT_AGAIN;
    }
    return at;
}

static const uint8_t *decode_release(struct tc_cursor *cursor, const uint8_t *at,
                                     struct tc_raw *raw) {
    *raw = (struct tc_raw){.code = TC_EV_RELEASE};
    at = tc_get_u32(at + 1, &raw->object);
    if (tc_holdings_remove(&cursor->held, raw->object, 1) == TC_MODE_SHARED)
        raw->code = TC_EV_RELEASE_SHARED;
    return at;
}

static void forget(struct tc_cursor *cursor) {
    cursor->held.count = 0;
    if (cursor->slots)
        memset(cursor->slots, 0, (TC_SLOTS + 1) * sizeof *cursor->slots);
}

const uint8_t *tc_decode_rare(struct tc_cursor *cursor, const uint8_t *at, struct tc_raw *raw,
                              enum tc_next *kind) {
    const uint8_t *next = NULL;
    uint64_t number;
    *kind = TC_NEXT_EVENT;
    switch (*at) {
    case TC_TAG_END:
        *kind = TC_NEXT_END;
        return NULL;
    case TC_TAG_EVENT:
        return decode_event(cursor, at, raw);
    case TC_TAG_SWITCH:
        next = decode_switch(cursor, at, raw, kind);
        break;
    case TC_TAG_RELEASE_OTHER:
        return decode_release(cursor, at, raw);
    case TC_TAG_TIME:
        *kind = TC_NEXT_AGAIN;
        next = tc_get_varint(at + 1, &number);
        cursor->time += number;
        return next;
    case TC_TAG_LOST:
        *kind = TC_NEXT_LOST;
        *raw = (struct tc_raw){0};
        next = tc_get_varint(at + 1, &raw->arg);
        forget(cursor);
        return next;
    default:
        break;
    }
    if (!next) {
        cursor->damage.bad_records++;
        *kind = TC_NEXT_AGAIN;
    }
    return next;
}

/* Makes sure that the next segment can be read. */
static void reach(const struct tc_cursor *cursor) {
    uint64_t left = (uint64_t)(cursor->end - cursor->at), most = SEGMENT + TC_RECORD_MAX;
    tc_trace_need(cursor->trace, cursor->at, cursor->at + (left < most ? left : most));
}

void tc_cursor_resume(const struct tc_cursor *cursor) {
    if (cursor->at < cursor->end)
        reach(cursor);
}

/* Gives back the whole pages that were consumed. */
static void give_back(struct tc_cursor *cursor) {
    tc_trace_drop(cursor->trace, cursor->consumed, cursor->at);
    cursor->consumed = cursor->at;
}

/* Begins the thread's next chunk; false: there is none. */
static bool next_chunk(struct tc_cursor *cursor) {
    const struct tc_trace_chunk *chunk =
        tc_trace_chunk(cursor->trace, cursor->thread, cursor->chunk);
    if (!chunk)
        return false;
    cursor->chunk++;
    /* A writer goes on to its next chunk only when no record has room, or when its thread has ended
     * and given back the rest of the last one. */
    if (cursor->stopped && !cursor->reset && !cursor->ended &&
        cursor->end - cursor->stopped > 2 * TC_RECORD_MAX) {
        cursor->damage.torn_chunks++;
        cursor->reset = true;
    }
    if (chunk->index != cursor->next_index) {
        cursor->damage.missing_chunks +=
            chunk->index > cursor->next_index ? chunk->index - cursor->next_index : 1;
        cursor->reset = true;
    }
    cursor->next_index = chunk->index + 1;
    cursor->stopped = NULL;
    cursor->consumed = chunk->start;
    cursor->at = chunk->start + sizeof(struct tc_chunk_header);
    cursor->end = chunk->end;
    cursor->limit = cursor->at; /* the edge sets it */
    if (chunk->time > cursor->time)
        cursor->time = chunk->time;
    return true;
}

/* One of the last records of a chunk: there may not be TC_RECORD_MAX bytes left to read. */
static enum tc_next last_records(struct tc_cursor *cursor, struct tc_raw *raw) {
    uint8_t padded[2 * TC_RECORD_MAX] = {0};
    size_t left = (size_t)(cursor->end - cursor->at);
    memcpy(padded, cursor->at, left);
    enum tc_next kind;
    const uint8_t *next = tc_decode(cursor, padded, raw, &kind);
    if (next && (size_t)(next - padded) <= left) {
        cursor->at += next - padded;
        return kind;
    }
    if (next)
        cursor->damage.cut_records++;
    cursor->reset |= kind != TC_NEXT_END;
    cursor->stopped = cursor->at;
    cursor->at = cursor->end;
    return TC_NEXT_AGAIN;
}

enum tc_next tc_cursor_edge(struct tc_cursor *cursor, struct tc_raw *raw) {
    if (cursor->at == cursor->end) {
        if (cursor->at)
            give_back(cursor);
        if (!next_chunk(cursor))
            return TC_NEXT_END;
    }
    if (cursor->reset) {
        cursor->reset = false;
        forget(cursor);
        *raw = (struct tc_raw){0};
        return TC_NEXT_LOST;
    }
    reach(cursor);
    size_t left = (size_t)(cursor->end - cursor->at);
    if (left < TC_RECORD_MAX)
        return left ? last_records(cursor, raw) : TC_NEXT_AGAIN;
    if (cursor->at - cursor->consumed >= SEGMENT)
        give_back(cursor);
    size_t step = left - TC_RECORD_MAX + 1;
    cursor->limit = cursor->at + (step < SEGMENT ? step : SEGMENT);
    return TC_NEXT_AGAIN;
}
