/* encode.h: puts single event records into memory.
 *
 * What: the byte form of trace_format.h, as inline functions that know nothing of threads, files
 *       or slot caches.  Used by the recorder on its hot path and by the synthetic writer of tests,
 *       so that there is one encoder.
 * Threads: each function writes only what it is given.  The tag is stored last, with release
 *          order, so that a reader of a killed process sees whole records only.
 */
#ifndef TC_TRACE_ENCODE_H
#define TC_TRACE_ENCODE_H

#include <stdint.h>

#include "threadcheck/trace_format.h"

/* Writes `value` as LEB128 at `at`; returns the byte after it.  Two bytes are what most take. */
static inline uint8_t *tc_put_varint(uint8_t *at, uint64_t value) {
    if (value - 0x80 < 0x4000 - 0x80) {
        at[0] = (uint8_t)(value | 0x80);
        at[1] = (uint8_t)(value >> 7);
        return at + 2;
    }
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* Makes the record at `at` visible. */
static inline void tc_commit_tag(uint8_t *at, uint8_t tag) {
    __atomic_store_n(at, tag, __ATOMIC_RELEASE);
}

/* One EVENT record: `fields` says which of the four values are written and whether the context is
 * kept.  Returns the byte after it.  At most TC_RECORD_MAX bytes. */
static inline uint8_t *tc_put_event(uint8_t *at, uint8_t code, uint8_t fields, uint32_t object,
                                    uint32_t stack, uint64_t ticket, uint64_t arg,
                                    uint32_t result) {
    uint8_t *next = at + 1;
    *next++ = code;
    *next++ = fields;
    next = tc_put_varint(next, object);
    if (fields & TC_FIELD_STACK)
        next = tc_put_varint(next, stack);
    if (fields & TC_FIELD_TICKET)
        next = tc_put_varint(next, ticket);
    if (fields & TC_FIELD_ARG)
        next = tc_put_varint(next, arg);
    if (fields & TC_FIELD_RESULT)
        next = tc_put_varint(next, result);
    tc_commit_tag(at, TC_TAG_EVENT);
    return next;
}

/* A SWITCH record: the context in `slot` with a ticket of its own. */
static inline uint8_t *tc_put_switch(uint8_t *at, uint8_t slot, uint64_t ticket) {
    at[1] = slot;
    uint8_t *next = tc_put_varint(at + 2, ticket);
    tc_commit_tag(at, TC_TAG_SWITCH);
    return next;
}

/* A record that is a tag and one number: RELEASE_OTHER, TIME, LOST. */
static inline uint8_t *tc_put_number(uint8_t *at, uint8_t tag, uint64_t number) {
    uint8_t *next = tc_put_varint(at + 1, number);
    tc_commit_tag(at, tag);
    return next;
}

#endif
