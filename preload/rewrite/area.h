/* area.h: where clones live: memory within reach of their modules that the process takes for a
 * module of its own.
 *
 * What: a shared object without contents, made in memory and loaded by dlopen, whose only purpose
 *       is that every unwinder (of libgcc, static or not, of libc, of the program itself) finds
 *       unwind tables for the addresses of clones, by the loader's list of objects.  Clones, tables
 *       and language data are written into it later.
 * Threads: made by the constructor; filled while there is one thread; afterwards read-only but for
 *          what is appended for modules that were loaded later, under the shim's lock.
 */
#ifndef TC_PRELOAD_REWRITE_AREA_H
#define TC_PRELOAD_REWRITE_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At the beginning of the code: what inline checks and stubs refer to. */
struct tc_area_head {
    uint64_t shadow_mask;
    uint8_t thunk_jump[8][8]; /* enum tc_thunk: jmp *thunk */
    uint64_t thunk[8];
};

enum tc_thunk {
    TC_THUNK_ACCESS,
    TC_THUNK_ACCESS_FLAGS, /* the same where flags are live */
    TC_THUNK_BEFORE,       /* an atomic instruction */
    TC_THUNK_AFTER,
    TC_THUNK_STRING,
    TC_THUNK_ELEMENTS, /* what vector and mask registers say */
    TC_THUNK_JUMP,
    TC_THUNK_JUMP_RED, /* the same for a function that uses memory below rsp */
    TC_THUNKS,
};

/* An instruction: where its step is, and its places in the function and in the area. */
struct tc_step {
    const uint8_t *at;
    uint32_t original, clone;
};
#define TC_MARK 64u

/* A function's clone: what its addresses stand for. */
struct tc_clone {
    uint64_t low;                /* of the function */
    uint32_t size;               /* of the function */
    uint32_t begin, end, limit;  /* of the clone, from the area's start; `end`: stubs follow */
    uint32_t count;              /* of instructions */
    bool dropped;                /* nobody is to be led here */
    bool patched;                /* the function's entry leads here, */
    uint8_t entry_size;          /* by a jump that lies so far behind its first byte */
    const uint8_t *steps;        /* of each: its length, and the length of its clone */
    const struct tc_step *marks; /* each TC_MARK-th of them, by which others are found */
};

struct tc_area {
    struct tc_area *next;
    uint8_t *low, *high;
    uint8_t *table, *table_end;   /* .eh_frame_hdr */
    uint8_t *frames, *frames_end; /* .eh_frame and language data: where the next goes */
    uint8_t *code, *code_end;     /* where the next clone goes */
    struct tc_area_head *head;
    struct tc_clone *clones; /* sorted */
    uint32_t clone_count, clones_max;
    uint64_t reach_low, reach_high; /* addresses that all of it can refer to */
};

/* An area for `functions` functions with `text` bytes of code, within reach of [low, high).  NULL:
 * there is no place for it.  Calls dlopen. */
struct tc_area *tc_area_make(uint64_t low, uint64_t high, uint64_t text, uint32_t functions);

/* Whether an area can be large enough for as much. */
bool tc_area_may_hold(uint64_t text, uint32_t functions);

/* How much code can still be added to it; 0 where there is no room for `functions` more. */
uint64_t tc_area_room(const struct tc_area *area, uint32_t functions);

/* Makes it writable, or executable again. */
bool tc_area_open(struct tc_area *area);
bool tc_area_close(struct tc_area *area);

#endif
