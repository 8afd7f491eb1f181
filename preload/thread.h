/* thread.h: what the recorder keeps for each thread.
 *
 * What: the thread-local block (one pointer that is also the guard), struct tc_thread behind it,
 *       and the list of all of them.
 * Threads: a struct belongs to its thread; others read only what is marked.  Structs are never
 *          unmapped, so that the hang watch may walk the list without a lock; one is given to a new
 *          thread once the kernel says that its old one is gone.
 *
 * A struct lies in memory that a forked child finds zeroed (MADV_WIPEONFORK).  `index` 0 thus tells
 * the child, also that of a raw clone, that it is a new process, at no cost on the hot path.
 */
#ifndef TC_PRELOAD_THREAD_H
#define TC_PRELOAD_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recorder.h"
#include "preload/spawn.h"
#include "threadcheck/trace_format.h"

#define TC_NESTED_MAX 4
#define TC_CACHE_SIZE 64 /* objects of the side table that a thread finds again at once */

/* What is held, oldest first; grows without limit.  Lies in memory that a forked child keeps. */
struct tc_held_list {
    uint32_t count, capacity;
    uint64_t entries[]; /* object in the low half, tc_held_info in the high one */
};

/* The high half of an entry: the stack of the acquire, and whether it is shared. */
#define TC_HELD(object, stack, shared) ((uint64_t)((stack) << 1 | (shared)) << 32 | (object))
static inline __attribute__((always_inline, target("general-regs-only"))) uint32_t
tc_held_object(uint64_t entry) {
    return (uint32_t)entry;
}
static inline uint32_t tc_held_stack(uint64_t entry) {
    return (uint32_t)(entry >> 33);
}
static inline bool tc_held_shared(uint64_t entry) {
    return entry >> 32 & 1;
}

enum tc_thread_state {
    TC_THREAD_FREE,     /* may be given to a new thread */
    TC_THREAD_RESERVED, /* announced; its thread has not started */
    TC_THREAD_LIVE,
    TC_THREAD_ENDED, /* wrote THREAD_EXIT; late events may still come until the kernel's thread is
                        gone */
};

/* The part of a file that a thread writes to (chunk.h). */
struct tc_chunk {
    struct tc_chunk_header *header; /* NULL: none */
    uint64_t offset;                /* in the file */
    uint32_t size;
    bool own_mapping; /* mapped for itself alone, not carved from a segment */
    bool in_memory;   /* private memory: there was no file when it was begun */
};

struct tc_object;
struct tc_compact;

enum tc_attention {
    TC_ATTENTION_COMPACT = 1, /* tc_process_compact is due */
    TC_ATTENTION_NESTED = 2,  /* a signal handler's hook is within another hook */
};

/* A call that this thread made before, by the same stack: what the short way compares instead of
 * asking the trie (hot.h).  Two of them are in one cache line. */
struct tc_trie_word;
struct tc_hot_call {
    uintptr_t return_address; /* 0: none */
    const struct tc_trie_word *words;
    uint32_t depth;        /* of its CFA, below the end of the thread's stack */
    uint32_t epoch;        /* tc_process.hot_epoch */
    uint32_t stack;        /* its id, below TC_SLOT_STACK_MAX */
    uint16_t plain, count; /* of the words */
};
#define TC_HOT_CALLS 64

struct tc_thread {
    /* Hot: read and written by every event. */
    uint8_t *cursor __attribute__((aligned(64))); /* where the next record goes */
    uint8_t *limit;     /* where the next append goes the slow way: the chunk is full, a sample of
                           times is due (chunk.c), or a loss is to be told (then NULL) */
    uint8_t *hot_limit; /* the same for the short way (hot.h), NULL where that is not to be taken */
    uint32_t index;     /* from 1; 0: wiped by fork.  Read by others */
    uint32_t attention; /* tc_leave must look: a compaction is due, or recording was turned off */
    int tid;
    uint32_t calls_missed;
    uintptr_t stack_low, stack_high; /* of its stack, as far as it is proven to be readable */
    struct tc_compact *compact;      /* not NULL: records in compact form (compact.h) */
    uint64_t slots[TC_SLOTS + 1];    /* tc_slot_key of the context in each slot; 0: none */

    struct tc_hot_call calls[TC_HOT_CALLS] __attribute__((aligned(64)));

    /* Warm. */
    struct tc_object *cache[TC_CACHE_SIZE];
    uint64_t last_time;              /* ns of the last TIME record or chunk */
    uint64_t wait_time;              /* the same where a wait is about to begin; 0: not read */
    uint32_t sample_gap;             /* bytes of records from one sample of times to the next */
    uint32_t sample_held;            /* during one: locks held when it began */
    uint32_t sample_left;            /* during one: events that it may still last; 0: none is on */
    struct tc_held_list *held;       /* read by others, while this thread waits */
    uint64_t lost;                   /* events not recorded since the last record; told by LOST */
    struct tc_compact *compact_page; /* its memory, kept for the next thread */
    struct tc_chunk chunk;
    uint32_t chunks;     /* chunks begun */
    uint32_t chunk_wish; /* size of the next */
    uint64_t retry_at;   /* when to ask for space again, ns */

    /* What the hang watch reads. */
    struct tc_waiting waiting;
    uint32_t waiting_changes; /* odd while `waiting` is being written */
    uint32_t state;           /* enum tc_thread_state; atomic */
    struct tc_object *object; /* its THREAD object */

    /* Cold. */
    uintptr_t stack_floor; /* where its stack ends, as far as is known; 0: not */
    uint8_t not_deeper;    /* how often it was tried in vain to prove more of its stack */
    bool brief;            /* its start and its end may not be worth a chunk (churn.h) */
    bool early;            /* it was there before recording began */
    uint32_t parent;
    uint32_t create_stack;
    uintptr_t start_routine;
    uint32_t python_handlers; /* of signals, written in Python: those that run now */
    char name[16];            /* of a brief one, told when it is seen; "": none */
    struct tc_spawner spawner;
    uint32_t written_epoch; /* when its meta record was written (tc_process.epoch) */
    struct tc_thread *next; /* in the list of all; never changes once set */
    struct tc_thread *next_ended;
};

struct tc_local {
    struct tc_thread *active;  /* NULL: recording is off here, or the guard is on.  Within the short
                                  way (hot.h) the guard alone tells */
    struct tc_thread *thread;  /* attached state, kept while the guard is on */
    uintptr_t guard;           /* stack pointer of the tc_enter that put the guard on; 0: off; with
                                  TC_GUARD_BUSY: as `busy` */
    struct tc_held_list *held; /* the same as thread->held, but kept by fork */
    int *errno_place;          /* where this thread's errno is, once it is attached */
    int kept_errno;
    bool ended;      /* wrote THREAD_EXIT */
    uint8_t busy;    /* in the midst of something that a signal handler's hook must not see */
    uint8_t nested;  /* hooks of signal handlers within the one that put the guard on */
    uint8_t serving; /* handlers of SIGSYS that carry out a system call of the shim's own */
    int outer_errno[TC_NESTED_MAX];
};

#define TC_GUARD_BUSY ((uintptr_t)1)

/* The blocks that a thread allocated last, since it last sent something to other threads. */
#define TC_FRESH_BLOCKS 64
struct tc_fresh_block {
    uintptr_t low;
    size_t size;
};
struct tc_fresh {
    uint32_t first, next; /* they count all blocks of the thread */
    struct tc_fresh_block blocks[TC_FRESH_BLOCKS];
};
extern __thread struct tc_fresh tc_fresh __attribute__((tls_model("initial-exec")));

/* Around what must not be interrupted by the events of a signal handler: those are lost then.
 * `active` is put aside so that no handler takes the short cut past the flag. */
static inline struct tc_thread *tc_busy_begin(void);
static inline void tc_busy_end(struct tc_thread *active);

extern __thread struct tc_local tc_local __attribute__((tls_model("initial-exec"), aligned(64)));

/* The thread, where it may record; NULL: it has to be entered the long way, if at all. */
extern inline __attribute__((gnu_inline, always_inline)) struct tc_thread *tc_active(void) {
    return tc_local.guard ? NULL : tc_local.active;
}

static inline struct tc_thread *tc_busy_begin(void) {
    struct tc_thread *active = tc_local.active;
    tc_local.busy = 1;
    tc_local.active = NULL;
    __asm__ volatile("" ::: "memory");
    return active;
}

static inline void tc_busy_end(struct tc_thread *active) {
    __asm__ volatile("" ::: "memory");
    tc_local.active = active;
    tc_local.busy = 0;
}

/* Whether a signal handler's hook would meet something that is half done. */
static inline bool tc_is_busy(void) {
    return tc_local.busy || tc_local.guard & TC_GUARD_BUSY;
}

/* The list of all threads; follow `next`. */
extern struct tc_thread *tc_threads;

/* A slot's key: unique as long as the stack is below TC_SLOT_STACK_MAX, else not kept. */
#define TC_SLOT_STACK_MAX (1u << 24)
static inline uint64_t tc_slot_key(uint32_t object, uint32_t stack, uint8_t code) {
    return ((uint64_t)stack << 32 | object) + ((uint64_t)code << 56);
}

/* Gives the calling thread its struct, when it has none; NULL: out of memory. */
struct tc_thread *tc_thread_attach(void);

/* The struct that the thread's creator made for it, when a signal handler is what runs first in the
 * thread and its creator has bound the handle already; it is the calling thread's now.  NULL: there
 * is none.  Then, once the thread has entered: tc_thread_begin, which tells that it starts. */
struct tc_thread *tc_thread_announced(void);
void tc_thread_begin(struct tc_thread *self);

/* Writes the thread's meta record if that has not been done. */
void tc_thread_write(struct tc_thread *thread);

/* Makes room for one more entry in the held list; false: out of memory. */
bool tc_held_grow(struct tc_thread *self);

/* In a forked child: forgets all threads. */
void tc_thread_forget_all(void);

/* Grows [stack_low, stack_high) down to `sp` if all between can be read. */
void tc_thread_prove_stack(struct tc_thread *self, uintptr_t sp);

/* The same for a call from deeper down than the thread has been so far: what lies below
 * `stack_low` is compared the slow way each time.  Not for another stack, which may go away. */
void tc_thread_went_deeper(struct tc_thread *self, uintptr_t sp);

#endif
