/* module.h: the modules of the process and their functions, as their unwind tables name them.
 *
 * What: which modules are to be rewritten; of each its code, what of it is never written to, its
 *       functions, and the places from which functions are called that act by who calls them.
 * Threads: used by one thread at a time, while the process has only that one.
 */
#ifndef TC_PRELOAD_REWRITE_MODULE_H
#define TC_PRELOAD_REWRITE_MODULE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/rewrite/insn.h"
#include "preload/rewrite/memory.h"
#include "preload/rewrite/rewrite.h"

/* A place within a function that another one branches to. */
struct tc_target {
    struct tc_target *next;
    uint32_t offset;
};

struct tc_function {
    uint64_t low, high; /* its code */
    const uint8_t *fde;
    struct tc_insn *insns;     /* while it is at work; NULL before and after */
    uint32_t *places;          /* the same: where the clone of each begins, from the area's start */
    uint32_t *jumps;           /* what indirect jumps in it look targets up in (emit.c), or NULL */
    struct tc_target *targets; /* of other functions' branches, but for its first byte */
    uint8_t *targeted;         /* a bit a byte: these are there (all of a PLT is one function) */
    uint8_t *language;         /* where the clone's unwind table has its language data, or NULL */
    uint32_t count;            /* of insns */
    uint32_t entry, end, limit; /* the clone: code, then stubs; from the start of the area */
    uint32_t clone;             /* the clone's number in the area */
    uint32_t state;             /* enum tc_rewrite_why */
    uint16_t registers;         /* that its instructions read or change */
    uint16_t entry_targets;     /* branches go to these of the first 16 bytes */
    uint8_t entry_size;         /* bytes before the jump that is put at the entry: 4 for endbr64 */
    uint8_t no_jump;            /* enum tc_rewrite_why: why there can be none; 0: there can */
    bool calls; /* it calls something: no other function's frame lies below its own */
    bool frame; /* rbp points into its frame */
    bool stack_escapes, frame_escapes; /* the address of a local variable is taken */
    bool red_zone;                     /* it may use memory below rsp */
    bool split;    /* others branch into it, or it into others: a part of a function */
    bool indirect; /* it has indirect jumps */
    bool sets_carry;
    bool conditional; /* it has conditional moves */
    bool leads_on;    /* it may be a stub of the linker's */
    bool locks;       /* it has an instruction with LOCK */
    bool again;       /* it was cloned before all that branch into it were known */
};

struct tc_range {
    uint64_t low, high;
};

#define TC_MODULE_RANGES 16
#define TC_CALLER_SLOTS  16
#define TC_LED_SLOTS     32

struct tc_module {
    struct tc_module *next;
    char name[256]; /* as the loader has it; "" is the executable */
    uint64_t bias;
    struct tc_range whole;
    struct tc_range code[4];                 /* executable segments */
    struct tc_range fixed[TC_MODULE_RANGES]; /* never written to after the start */
    uint32_t code_count, fixed_count;
    uint64_t caller_slots[TC_CALLER_SLOTS]; /* GOT slots of functions that act by their caller */
    uint32_t caller_count;
    struct tc_led_slot {
        uint64_t address;
        uint32_t row;
    } led_slots[TC_LED_SLOTS]; /* GOT slots of the functions of led.def */
    uint32_t led_count;
    const uint8_t *table;          /* .eh_frame_hdr */
    struct tc_function *functions; /* sorted by address */
    uint32_t count;
    uint32_t longest;                /* in bytes */
    uint32_t *buckets;               /* of each piece of the code, the first function behind it */
    uint64_t base;                   /* where the first piece begins */
    struct tc_area *area;            /* where clones go */
    bool counted;                    /* while an area is made: it is to have room there */
    uint32_t first_clone, clone_end; /* its own there, when it is done */
    uint64_t sum;                    /* of its code, before it was changed */
    bool done;
    bool gone;              /* it was unloaded */
    bool compiled;          /* built with -fsanitize=thread: it tells of its accesses itself */
    bool knows_its_returns; /* it looks its return addresses up in tables: left as it is */
    bool busy;              /* other threads did not rest: it was left */
};

/* Looks up what modules are told by, which may allocate. */
void tc_modules_begin(void);

/* Reads what is loaded and not in `known` yet, and adds what `wanted` names, newest first.
 * `wanted`: "default", "exe", "all", or patterns (*, ?) of file names, separated by commas. */
struct tc_module *tc_modules_read(struct tc_pool *pool, struct tc_module *known,
                                  const char *wanted);

/* Marks those that are not loaded any more, and are `done` no longer. */
void tc_modules_mark_gone(struct tc_module *modules);

/* Finds the module's functions; false: there is nothing that can be used. */
bool tc_module_list(struct tc_pool *pool, struct tc_module *module);

/* Room for the instructions of one function at a time. */
struct tc_decoder {
    struct tc_pool *pool; /* of what lasts as long as the module is at work */
    struct tc_insn *insns;
    uint32_t *map;       /* of each offset at which an instruction begins, its place */
    uint32_t *loop_ends; /* of each with `loop_head`, the last that branches back to it */
};
bool tc_decoder_make(struct tc_decoder *decoder, struct tc_pool *pool,
                     const struct tc_module *module);

/* Decodes `function`, whose `insns` then are the decoder's, and tells others that it branches to;
 * its state says whether it can be cloned.  False: no memory. */
bool tc_function_decode(const struct tc_decoder *decoder, const struct tc_module *module,
                        struct tc_function *function);

/* The same of what is known when all functions are decoded. */
void tc_function_judge(struct tc_function *function);

/* The function that has the address, or NULL. */
struct tc_function *tc_function_at(const struct tc_module *module, uint64_t address);

/* The place of the instruction that begins at `address`, or -1. */
int32_t tc_function_index(const struct tc_function *function, uint64_t address);

bool tc_module_is_fixed(const struct tc_module *module, uint64_t address);
bool tc_module_has_code(const struct tc_module *module, uint64_t address);

#endif
