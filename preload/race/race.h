/* race.h: the core of the race detector: what the ways in (compiled, rewritten, libc's functions)
 * tell it, and what it tells the recorder.
 *
 * What: happens-before by vector clocks over all synchronisation that the recorder sees, and one
 *       shadow granule of 32 bytes for each 8 bytes of memory.  An access is compared with the
 *       newest accesses of up to three other threads to the same bytes; two that are unordered,
 *       one a write, not both atomic, are written to the trace as a race, once for each pair of
 *       stacks' places.  Clocks and shadow follow FastTrack (Flanagan, Freund, PLDI 2009) and
 *       ThreadSanitizer (Serebryany, Iskhodzhanov, WBIA 2009).
 * Threads: every function may be called from any thread.  Those that take a struct tc_thread are
 *          called with the guard on (recorder.h); tc_race_access and tc_race_range take care of it
 *          themselves.
 * Rules: those of recorder.h.  With races=off nothing here is mapped, patched or called: tc_race_on
 *        is false, and the one test of it is where the recorder has left its hot path already.
 */
#ifndef TC_PRELOAD_RACE_H
#define TC_PRELOAD_RACE_H

#include "preload/recorder.h"

/* The shadow: four planes, each as large as the memory that it is about, so that an inline check
 * takes as much of the caches as the program itself does.  A GRANULE is 8 bytes of memory; it has
 *     u64 cell       in each of three planes: the newest access of a thread; a thread uses plane
 *                    `slot % 3`
 *     tc_notes       in the fourth plane
 * CELL: slot:8 | clock:24 | zero:8 | written:8 | zero:8 | read:8, from the highest bit; a bit that
 * is 0 in `written` or `read` says that the byte was accessed so (inverted, so that one `test`
 * checks clock, bytes and kind at once; a write clears both masks' bits).  0: never accessed.
 * Of the bits between, which no check tests, one is TC_CELL_LOOK.
 */
#ifndef TC_SHADOW_BITS    /* fewer in an emulator, to which 64 TB are too much */
#define TC_SHADOW_BITS 44 /* of an address: memory so far apart shares its shadow */
#endif
#define TC_SHADOW_MAP   0x100000000000ull /* where it is mapped */
#define TC_SHADOW_MASK  ((1ull << TC_SHADOW_BITS) - 8)
#define TC_SHADOW_SKEW  0x31480ull /* memory and its planes share no set of a cache */
#define TC_SHADOW_PLANE (TC_SHADOW_MASK + 8 + TC_SHADOW_SKEW)
#define TC_SHADOW_BASE  (TC_SHADOW_MAP + TC_SHADOW_SKEW)
#define TC_RACE_CELLS   3

/* In the cell of a thread: another one may have written to the granule since, so that this thread
 * has to look at the others' cells before it puts its access down anew.  Reads alone are renewed
 * without that; a cell that says of a write has the bit from the start. */
#define TC_CELL_LOOK   (1u << 15)
#define TC_SHADOW_SIZE ((TC_RACE_CELLS + 2) * TC_SHADOW_SKEW + 4 * (TC_SHADOW_MASK + 8) + 4096)

struct tc_granule; /* stands where its first cell is */

struct tc_notes {
    uint16_t context[TC_RACE_CELLS]; /* of each cell: index of (stack, held locks) among its slot's
                                        contexts, 0: not known; TC_CONTEXT_MIXED: other contexts
                                        touched some of the bytes */
    uint16_t
        tag; /* enum tc_race_tag; from bit 4 on, 3 bits a cell: the first byte that the context
                of a mixed cell touched; from bit 13 on, a bit a cell: it may be other than 0 */
};

#define TC_CONTEXT_MIXED 0x8000u

enum tc_race_tag {
    TC_TAG_ATOMIC = 1,   /* accessed by a LOCK-prefixed instruction or an atomic function */
    TC_TAG_VOLATILE = 2, /* reserved */
    TC_TAG_FREED = 4,    /* of a block that was freed: no cell, and the contexts are the free's
                            number (freed.c), until the memory is handed out again or accessed */
    TC_TAG_ALL = 15,     /* the rest are first bytes and used cells */
};
#define TC_TAG_USED(cell) (1u << (13 + (cell)))

static inline __attribute__((always_inline)) TC_INTEGERS_ONLY struct tc_granule *
tc_granule(uintptr_t address) {
    return (struct tc_granule *)(TC_SHADOW_BASE + (address & TC_SHADOW_MASK));
}

static inline __attribute__((always_inline)) TC_INTEGERS_ONLY uint64_t *
tc_cell(const struct tc_granule *granule, unsigned i) {
    return (uint64_t *)((uintptr_t)granule + i * TC_SHADOW_PLANE);
}

static inline __attribute__((always_inline)) TC_INTEGERS_ONLY struct tc_notes *
tc_notes(const struct tc_granule *granule) {
    return (struct tc_notes *)((uintptr_t)granule + TC_RACE_CELLS * TC_SHADOW_PLANE);
}

/* What the inline checks of rewritten and compiled code look at; initial-exec, so that its offset
 * from the thread pointer is a constant of the process. */
struct tc_race_local {
    uint64_t key;     /* slot:8 | clock:24 in the high half, 0 in the low; 0: not watched */
    uint64_t base;    /* of the plane of its cells: also of a thread that is not watched */
    uint64_t pending; /* an atomic granule that was read plainly: acquired by the next slow path */
    struct tc_race_thread *thread; /* NULL: this thread's accesses are not watched */
};
extern __thread struct tc_race_local tc_race_local;

enum tc_race_mode {
    TC_RACE_OFF,
    TC_RACE_SAMPLE,
    TC_RACE_FULL,
    TC_RACE_CORE, /* no way in but calls: for tests */
};
extern uint8_t tc_race_mode; /* written by the constructor */
/* A module that was to be covered could not be: what its atomic instructions order is not seen. */
extern bool tc_race_partial;

#define tc_race_on() (__builtin_expect(tc_race_mode >= TC_RACE_FULL, 0)) /* sampling: sample.h */

/* Decides what is looked for, and maps the shadow if need be; where it is not possible here, why is
 * told on stderr.  When recording begins, once. */
void tc_race_begin(void);

/* Loads what the engine needs, by dlopen.  From the constructor, after tc_race_begin. */
void tc_race_load(void);

/* The constructor, at `site`, is done: when there are threads already, they are watched from here
 * on.  With the guard off. */
void tc_race_constructed(struct tc_site site);

/* The program has ThreadSanitizer's own runtime in it: what it calls does not come here. */
bool tc_race_runtime_is_foreign(void);

/* A module that was built with -fsanitize=thread begins. */
void tc_race_compiled(void);

/* The executable is a Python interpreter. */
bool tc_race_host_is_interpreter(void);

/* Something in the program was built with -fsanitize=thread and calls us. */
bool tc_race_host_is_compiled(void);

/* Before the first thread is created: a line says why what was asked for is not done, if that was
 * not said yet. */
void tc_race_tell_off(void);

/* An access of the program.  `site.return_address` is that of the instruction after it (or of the
 * call that made it), in the program's own code, and `site.cfa` the stack pointer there. */
enum tc_race_access {
    TC_ACCESS_WRITE = 1 << 0,
    TC_ACCESS_ATOMIC = 1 << 1,
    TC_ACCESS_MODIFY = 1 << 2,     /* read, then written, by one instruction or statement */
    TC_ACCESS_VOLATILE = 1 << 3,   /* told so by the compiler */
    TC_ACCESS_LIBC = 1 << 4,       /* by a function of libc on behalf of its caller */
    TC_ACCESS_PLAIN_MOVE = 1 << 5, /* rewritten code: may be a relaxed or acquire/release atomic */
    TC_ACCESS_FREE = 1 << 6,       /* the memory is given back, which writes all of it */
    TC_ACCESS_ORDERED = 1 << 7,    /* of a free: it comes before the access that it is told with */
    TC_ACCESS_UNMAP = 1 << 8,      /* pages are given back */
    TC_ACCESS_DESCRIPTOR = 1 << 9, /* of a word of descriptor.c: MODIFY, something is sent by it;
                                      WRITE, it is closed */
};
void tc_race_access(uintptr_t address, size_t size, uint32_t access, struct tc_site site);

/* The same for what tc_race_quick has left to rewritten code. */
void tc_race_access_rest(uintptr_t address, size_t size, uint32_t access, struct tc_site site);

/* The frequent part of it, for an access of at most 8 bytes; `what` is size | access << 8.  True:
 * done. False: tc_race_access is to be called.  The shadow must be mapped.  Changes no register but
 * the integer ones that any function may change, and flags. */
bool tc_race_quick(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa);

/* The most frequent part of that again, a read that was made before, in few instructions; under the
 * same conditions.  False: tc_race_quick is to be called. */
bool tc_race_renew(uintptr_t address, uint32_t what, uintptr_t return_address, uintptr_t cfa);

/* The same for a range of any size: mem*, str*, read, write. */
void tc_race_range(const void *address, size_t size, uint32_t access, struct tc_site site);

/* Around an atomic read-modify-write, store or load at `address`: the release half before it, the
 * acquire half after it. */
void tc_race_atomic_before(uintptr_t address, size_t size, uint32_t access, struct tc_site site);
void tc_race_atomic_after(uintptr_t address, size_t size, uint32_t access, struct tc_site site);

/* The halves alone, where the memory order is known: sync is counted by 8 bytes of memory. */
void tc_race_atomic_release(uintptr_t address);
void tc_race_atomic_acquire(uintptr_t address);

/* The first half of an atomic store that somebody makes who is not watched, as libstdc++ or the
 * kernel, and which others read. */
void tc_race_atomic_publish(uintptr_t address);

/* Synchronisation.  tc_event calls tc_race_event for each event it records (and for those it must
 * drop); the others are for edges that are no events: a pipe's or an eventfd's, a futex's. */
void tc_race_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                   uint64_t arg);
/* The same of a lock that was taken or is about to be given back, by a thread that is watched. */
void tc_race_taken(uint32_t lock, bool shared);
void tc_race_given(uint32_t lock, bool shared);
void tc_race_send(struct tc_thread *self, uintptr_t channel);
void tc_race_receive(struct tc_thread *self, uintptr_t channel);

/* Threads come and go: called where the recorder attaches and detaches them. */
void tc_race_thread_begin(struct tc_thread *self);
void tc_race_thread_end(struct tc_thread *self);

/* The calling thread is not libc's: what checked code looks at there becomes what it is in a thread
 * that is not watched. */
void tc_race_bare_thread(void);
void tc_race_forked(void);

/* The memory [low, high) begins a new life: freed, allocated, mapped, a stack that a new thread
 * takes over, a module unloaded.  What was recorded of it is forgotten. */
void tc_race_forget(uintptr_t low, uintptr_t high);

/* A block that the program's own code gives back: who has accessed it must come before, and nobody
 * may after that.  tc_race_freeing is told before the heap's function is called, with the site of
 * the call, tc_race_freed when nothing but that function is left to be called; and
 * tc_race_allocated when the heap has handed a block out, whoever asked for it. */
void tc_race_freeing(void *memory, size_t size, struct tc_site site);
void tc_race_freed(void *memory, size_t size);
void tc_race_allocated(void *memory, size_t size);

/* The descriptor that a word of descriptor.c is for, -1: none of them. */
int tc_race_descriptor_at(uintptr_t address);

/* The program's own code destroys the object, or frees memory with objects in it: whoever used them
 * must come before.  The site is that of the call. */
void tc_race_ends(const void *address, uint8_t type, struct tc_site site);
void tc_race_ends_within(uintptr_t low, uintptr_t high, struct tc_site site);

/* From the constructor: the heap is libc's, and no part of it is handed out without our notice. */
void tc_race_heap_is_libcs(void);

/* Heap blocks, for reports: `stack` allocated [address, address + size). */
void tc_race_block(struct tc_thread *self, uintptr_t address, size_t size, uint32_t stack);

/* The block that an address lies in; false: none is known. */
struct tc_race_block {
    uint64_t start, size;
    uint32_t stack, thread;
};
bool tc_race_block_find(uintptr_t address, struct tc_race_block *block);

/* A stack was captured: what is the same of other accesses by that call of its function is
 * remembered (race/caller.h), also by words of the stack if it may be `found` by them.  Changes the
 * slots. */
struct tc_unwound;
void tc_caller_captured(uint32_t id, struct tc_unwound *stack, bool found);

/* A module was unloaded: its addresses may get other code. */
void tc_race_places_forget(void);

/* An id for the record of a race that was found elsewhere: of an interpreted program. */
uint32_t tc_race_new_id(void);

/* Races on this memory are none: the program says so, or an interpreter is known to do so. */
void tc_race_allow(uintptr_t address, size_t size);

/* The program's own address for one in rewritten code; `address` itself for any other.  What the
 * unwinder and reports ask. */
uintptr_t tc_race_original(uintptr_t address);

#endif
