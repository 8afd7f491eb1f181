/* code.h: writing machine code.
 *
 * What: the few instructions that inline checks are made of, by encoding.
 *       Source: Intel 64 Software Developer's Manual, volume 2, chapter 2.
 * Threads: a writer belongs to one thread.  There is always room: the caller reserves it.
 */
#ifndef TC_PRELOAD_REWRITE_CODE_H
#define TC_PRELOAD_REWRITE_CODE_H

#include <stdint.h>
#include <string.h>

struct tc_code {
    uint8_t *at;
};

static inline void tc_put1(struct tc_code *code, unsigned byte) {
    *code->at++ = (uint8_t)byte;
}

static inline void tc_put4(struct tc_code *code, int64_t value) {
    int32_t narrow = (int32_t)value;
    memcpy(code->at, &narrow, 4);
    code->at += 4;
}

static inline void tc_put8(struct tc_code *code, uint64_t value) {
    memcpy(code->at, &value, 8);
    code->at += 8;
}

static inline void tc_put(struct tc_code *code, const void *bytes, unsigned count) {
    memcpy(code->at, bytes, count);
    code->at += count;
}

/* A displacement from the end of itself (and of `more` bytes that follow) to `target`. */
static inline void tc_put_relative(struct tc_code *code, uint64_t target, unsigned more) {
    tc_put4(code, (int64_t)(target - ((uint64_t)code->at + 4 + more)));
}

static inline void tc_set_relative(uint8_t *at, uint64_t target) {
    int32_t distance = (int32_t)(int64_t)(target - ((uint64_t)at + 4));
    memcpy(at, &distance, 4);
}

static inline void tc_push(struct tc_code *code, int reg) {
    if (reg >= 8)
        tc_put1(code, 0x41);
    tc_put1(code, 0x50 + (reg & 7));
}

static inline void tc_pop(struct tc_code *code, int reg) {
    if (reg >= 8)
        tc_put1(code, 0x41);
    tc_put1(code, 0x58 + (reg & 7));
}

/* lea distance(%rsp), %rsp: leaves the flags alone. */
static inline void tc_move_stack(struct tc_code *code, int distance) {
    static const uint8_t lea[] = {0x48, 0x8d, 0xa4, 0x24};
    tc_put(code, lea, 4);
    tc_put4(code, distance);
}

/* A 64-bit operation between `reg` and a register. */
static inline void tc_op_register(struct tc_code *code, unsigned op, int reg, int other) {
    tc_put1(code, 0x48 | (reg >> 3) << 2 | other >> 3);
    tc_put1(code, op);
    tc_put1(code, 0xc0 | (reg & 7) << 3 | (other & 7));
}

/* A 64-bit operation between `reg` and %fs:offset. */
static inline void tc_op_thread(struct tc_code *code, unsigned op, int reg, int32_t offset) {
    tc_put1(code, 0x64);
    tc_put1(code, 0x48 | (reg >> 3) << 2);
    tc_put1(code, op);
    tc_put1(code, (reg & 7) << 3 | 4);
    tc_put1(code, 0x25);
    tc_put4(code, offset);
}

/* A 64-bit operation between `reg` and the word at `target`, by its distance. */
static inline void tc_op_relative(struct tc_code *code, unsigned op, int reg, uint64_t target) {
    tc_put1(code, 0x48 | (reg >> 3) << 2);
    tc_put1(code, op);
    tc_put1(code, (reg & 7) << 3 | 5);
    tc_put_relative(code, target, 0);
}

/* lahf; seto %al: the flags in rax.  And back. */
static inline void tc_save_flags(struct tc_code *code) {
    static const uint8_t bytes[] = {0x9f, 0x0f, 0x90, 0xc0};
    tc_put(code, bytes, sizeof bytes);
}

static inline void tc_restore_flags(struct tc_code *code) {
    static const uint8_t bytes[] = {0x04, 0x7f, 0x9e};
    tc_put(code, bytes, sizeof bytes);
}

#endif
