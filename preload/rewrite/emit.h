/* emit.h: making the clone of a function.
 *
 * What: instructions are copied one by one, with a check before each that accesses memory which may
 *       be shared.  Branches within what is cloned go to clones, by long forms; all others to the
 *       originals.  Indirect jumps look their target up when they are executed, so no jump table
 *       need be understood.
 * Threads: used by one thread at a time.
 */
#ifndef TC_PRELOAD_REWRITE_EMIT_H
#define TC_PRELOAD_REWRITE_EMIT_H

#include "preload/rewrite/area.h"
#include "preload/rewrite/code.h"
#include "preload/rewrite/flow.h"
#include "preload/rewrite/module.h"
#include "preload/rewrite/rewrite.h"

/* A branch within the function, whose target is known when all of it is cloned. */
struct tc_fixup {
    uint8_t *at; /* the displacement */
    int32_t to;  /* an instruction's place */
};

/* A branch to another function, which is known when all are. */
struct tc_far_fixup {
    uint32_t at; /* the displacement, from the area's start */
    uint32_t function, offset;
};
#define TC_FAR_FIXUPS 4000u
struct tc_far_fixups {
    struct tc_far_fixups *older;
    uint32_t count;
    struct tc_far_fixup fixups[TC_FAR_FIXUPS];
};

/* A check whose slow half comes after the function's code. */
struct tc_stub {
    uint8_t *branch; /* displacement of a branch to it */
    uint8_t *back;   /* where it returns to */
    uint32_t insn;
    uint32_t site;
    struct tc_live live;  /* before the check */
    int8_t first, second; /* scratch registers that were pushed, or -1 */
    bool flags, pushed_rax, red;
    bool whole; /* it asked for all bytes of the granule: the stub asks for those that count */
};

#define TC_LATE_MAX 8

struct tc_emit {
    struct tc_code code;
    const struct tc_module *module;
    struct tc_function *function;
    struct tc_area *area;
    const struct tc_rewrite_host *host;
    const uint32_t *loop_ends; /* as the decoder found them */
    struct tc_live *live;
    struct tc_stub *stubs;
    uint32_t stub_count;
    struct tc_fixup *fixups;
    uint32_t fixup_count;
    uint32_t *places;          /* of the function at work */
    struct tc_far_fixups *far; /* of all functions, newest first */
    struct tc_pool *pool;      /* of what stays */
    struct tc_pool *scratch;   /* of what goes with the module */
    struct tc_checked checked;
    struct tc_speculation late[TC_LATE_MAX]; /* reads that are checked where they are kept */
    uint32_t late_count;
};

/* Room for one function at a time of the module; false: no memory. */
bool tc_emit_prepare(struct tc_emit *emit);

/* Finds what has to be checked in `function`.  An upper limit for the clone's bytes, or 0: nothing
 * needs a check. */
uint64_t tc_emit_bound(const struct tc_module *module, struct tc_function *function);

/* Clones emit->function, whose bound is known, at emit->code.at.  False: out of memory. */
bool tc_emit_function(struct tc_emit *emit);

/* Sets what branches to other functions, all of which are cloned or left now. */
void tc_emit_settle(struct tc_emit *emit);

/* check.c: the check of instruction `i`, where `live` is live; and the stubs of all checks so far.
 */
void tc_check_access(struct tc_emit *emit, uint32_t i, struct tc_live live);
void tc_check_call(struct tc_emit *emit, uint32_t i, enum tc_thunk thunk);
void tc_check_stubs(struct tc_emit *emit);
/* lea of the instruction's memory operand into `reg`, where rsp is `lower` bytes below where the
 * program has it. */
void tc_check_address(struct tc_emit *emit, int reg, const struct tc_insn *insn, int lower);

/* thunk.c: describes an access to the thunks; its index. */
uint32_t tc_site_add(const struct tc_function *function, const struct tc_insn *insn, bool red);

#endif
