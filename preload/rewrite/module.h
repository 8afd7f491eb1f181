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

struct tc_function {
    uint64_t low, high; /* its code */
    const uint8_t *fde;
    struct tc_insn *insns;
    uint32_t *places; /* where the clone of each begins, from the start of the area */
    uint32_t *jumps;  /* what indirect jumps in it look targets up in (check.h), or NULL */
    uint32_t count;   /* of insns */
    uint32_t entry, end, limit; /* the clone: code, then stubs; from the start of the area */
    uint32_t state;             /* enum tc_rewrite_why */
    uint16_t entry_targets;     /* branches go to these of the first 16 bytes */
    uint8_t entry_size;         /* bytes before the jump that is put at the entry: 4 for endbr64 */
    bool calls; /* it calls something: no other function's frame lies below its own */
    bool frame; /* rbp points into its frame */
    bool stack_escapes, frame_escapes; /* the address of a local variable is taken */
    bool red_zone;                     /* it may use memory below rsp */
    bool split;    /* others branch into it, or it into others: a part of a function */
    bool indirect; /* it has indirect jumps */
    bool sets_carry;
    bool conditional; /* it has conditional moves */
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
    struct tc_area *area; /* where clones go */
    bool done;
    bool compiled;          /* built with -fsanitize=thread: it tells of its accesses itself */
    bool knows_its_returns; /* it looks its return addresses up in tables: left as it is */
};

/* Looks up what modules are told by, which may allocate. */
void tc_modules_begin(void);

/* Reads what is loaded and not in `known` yet, and adds what `wanted` names, newest first.
 * `wanted`: "default", "exe", "all", or patterns (*, ?) of file names, separated by commas. */
struct tc_module *tc_modules_read(struct tc_pool *pool, struct tc_module *known,
                                  const char *wanted);

/* Finds and decodes the module's functions; false: there is nothing that can be used. */
bool tc_module_decode(struct tc_pool *pool, struct tc_module *module);

/* The function that has the address, or NULL. */
struct tc_function *tc_function_at(const struct tc_module *module, uint64_t address);

/* The place of the instruction that begins at `address`, or -1. */
int32_t tc_function_index(const struct tc_function *function, uint64_t address);

bool tc_module_is_fixed(const struct tc_module *module, uint64_t address);
bool tc_module_has_code(const struct tc_module *module, uint64_t address);

#endif
