/* rewrite.h: the rewriter of machine code, as the shim sees it.
 *
 * What: lib/libthreadcheck-rewrite.so, which the shim loads with races=full; it needs Zydis, which
 *       the shim must not.  Every function of the wanted modules is cloned with a check before each
 *       access to memory that other threads may see; the old entry becomes a jump to the clone.
 *       Originals stay as they are otherwise, and stay right: who comes to one by another way (a
 *       jmp_buf, a return address from before) merely is not watched.
 * Threads: begin is called by the constructor, run by one thread first and then, as gone, under a
 *          lock; original and the thunks by any.
 */
#ifndef TC_PRELOAD_REWRITE_REWRITE_H
#define TC_PRELOAD_REWRITE_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "preload/race/race.h"
#include "preload/rewrite/insn.h"

/* What the shim gives. */
struct tc_rewrite_host {
    const char *modules;             /* the option races_modules */
    uint64_t max_functions;          /* races_max_functions; 0: all */
    int32_t local_offset;            /* of tc_race_local, from the thread pointer */
    int32_t key_offset, base_offset; /* of tc_race_local's members, from the thread pointer */
    /* Each true if the access is settled: a read that was made here before, and any access. */
    bool (*renew)(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa);
    bool (*quick)(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa);
    void (*access)(uintptr_t address, size_t size, uint32_t access, struct tc_site site);
    void (*range)(const void *address, size_t size, uint32_t access, struct tc_site site);
    void (*atomic_before)(uintptr_t address, size_t size, uint32_t access, struct tc_site site);
    void (*atomic_after)(uintptr_t address, size_t size, uint32_t access, struct tc_site site);
    /* Called before dlsym and dlvsym, by covered modules, with their first argument; and libc's. */
    void (*late)(void *handle);
    void *dlsym, *dlvsym;
    /* Filled by the rewriter: what the processor has. */
    bool gs, bmi2;
    /* NULL: there is one thread.  Else waits until the others rest, as they may execute what is to
     * be changed; false: they do not. */
    bool (*others_wait)(void);
    bool threads; /* there are some already, which do not have what gs holds in new ones */
};

enum tc_rewrite_why {
#define TC_LEFT(name, text) TC_WHY_##name,
#include "preload/rewrite/left.def"
#undef TC_LEFT
    TC_WHY_COUNT
};

struct tc_rewrite_counts {
    uint32_t modules, modules_left; /* left: no memory within reach of their code */
    uint32_t modules_far;           /* of modules_left: it is for reach */
    uint32_t modules_busy;          /* left: other threads did not rest */
    uint32_t modules_returns;       /* left: they look return addresses up in tables of their own */
    uint32_t functions, covered; /* all that were looked at; cloned, or without shared accesses */
    uint32_t left[TC_WHY_COUNT]; /* of each reason */
    uint32_t left_locks;         /* without a clone: have instructions with LOCK */
    uint64_t instructions, checks, code_bytes;
};

#define TC_REWRITE_ALL UINT64_MAX

struct tc_rewriter {
    /* Finds the modules and reserves memory for clones.  May allocate.  False: not possible here,
     * and *why says it. */
    bool (*begin)(struct tc_rewrite_host *host, const char **why);
    /* Rewrites what is wanted and was not yet; of that, only the module that lies at `only`, when
     * that is not TC_REWRITE_ALL.  `interrupted`: addresses at which signal handlers interrupted
     * code on the stack, which must stay as it is.  Allocates nothing from the heap.  Nobody
     * else may be executing the entries of what is rewritten: see others_wait. */
    void (*run)(struct tc_rewrite_counts *counts, uint64_t only, const uint64_t *interrupted,
                uint32_t count);
    /* Modules were unloaded: what is loaded now in their place is new. */
    void (*gone)(void);
    /* The original of an address in a clone, or the address itself.  *below, if not NULL: how far
     * the stack pointer is below where the original has it. */
    uintptr_t (*original)(uintptr_t address, uint32_t *below);
    /* The clone of a place that a call returns to, or the address itself. */
    uintptr_t (*returns_to)(uintptr_t address);
    /* The decoder alone, for races=sample; false: the library does not fit. */
    bool (*begin_decoder)(void);
    bool (*decode)(const uint8_t *code, uint64_t room, struct tc_insn *insn);
};

/* The one symbol of the library. */
typedef const struct tc_rewriter *tc_rewriter_get(void);
tc_rewriter_get tc_rewriter;

#endif
