/* process.c: the state of recording, entering and leaving; see process.h and recorder.h. */
#include "preload/process.h"

#include "preload/fork_held.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/compact.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/interpreter.h"
#include "preload/meta.h"
#include "preload/modules.h"
#include "preload/object.h"
#include "preload/options.h"
#include "preload/others.h"
#include "preload/race/race.h"
#include "preload/report.h"
#include "preload/signal_told.h"
#include "preload/stack.h"

#include "preload/poison.h"

struct tc_process tc_process = {.epoch = 1, .stash_key = 2, .hot_epoch = 1};
uint32_t *tc_process_alive;

void tc_lose(enum tc_loss why, uint64_t events) {
    struct tc_file_header *header = __atomic_load_n(&tc_file.header, __ATOMIC_ACQUIRE);
    __atomic_fetch_add(header ? &header->lost[why] : &tc_process.lost[why], events,
                       __ATOMIC_RELAXED);
}

/* The guard was left on by a longjmp out of a handler that had come between: the frame that put it
 * on is gone when the stack pointer is above it, on the same stack. */
static bool guard_is_stale(uintptr_t sp) {
    struct tc_thread *self = tc_local.thread;
    return tc_local.guard && self && self->index && tc_local.guard < sp &&
           tc_local.guard >= self->stack_low && sp < self->stack_high;
}

/* An event of this thread, to be told by LOST: the next append goes the slow way. */
static void lose_one(struct tc_thread *self) {
    self->lost++;
    self->limit = self->hot_limit = NULL;
    tc_lose(TC_LOSS_OTHER, 1);
}

/* Forgets the hook that will never go on.  A record that it had begun is taken back. */
static void abandon_hook(struct tc_thread *self) {
    bool busy = tc_is_busy();
    tc_local.guard = 0;
    tc_local.nested = 0;
    self->attention &= ~(uint32_t)TC_ATTENTION_NESTED;
    if (!busy)
        return;
    tc_chunk_take_back(self);
    lose_one(self); /* and what the slots say */
    tc_local.busy = 0;
}

void tc_jumped(uintptr_t target) {
    if (guard_is_stale(target))
        abandon_hook(tc_local.thread);
}

/* A signal handler came between: its events are as good as any, unless they would meet one that is
 * half done. */
static struct tc_thread *enter_nested(void) {
    struct tc_thread *self = tc_local.thread;
    if (!self || !self->index)
        return NULL;
    if (tc_is_busy() || tc_locks_held() || tc_local.nested == TC_NESTED_MAX) {
        if (!tc_local.serving) /* nothing that the program did by itself */
            lose_one(self);
        return NULL;
    }
    tc_local.outer_errno[tc_local.nested++] = tc_local.kept_errno;
    tc_local.kept_errno = errno;
    self->attention |= TC_ATTENTION_NESTED;
    return self;
}

/* Not attached, or something is due. */
static struct tc_thread *enter_first(bool child) {
    tc_local.busy = 1;
    if (child)
        tc_process_renew();
    struct tc_thread *self = tc_local.thread, *announced = NULL;
    bool fresh = !self, again = child;
    if (!self) {
        announced = tc_thread_announced();
        self = announced ? announced : tc_thread_attach();
    } else if ((self->attention & TC_ATTENTION_COMPACT) && tc_process.mode == TC_MODE_MEMORY) {
        tc_process_compact(self);
        again = true;
    }
    bool stranger = fresh && self && self->tid != tc_process.pid;
    tc_local.busy = 0;
    if (announced)
        tc_thread_begin(announced);
    else if (stranger) /* made by libc itself, as for a timer: the process has threads now */
        tc_thread_prepare(self);
    if (self && again)
        tc_signals_again(self);
    return self;
}

TC_COLD struct tc_thread *tc_enter_slow(void) {
    if (!tc_process_alive || tc_process.mode == TC_MODE_OFF)
        return NULL;
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    bool child = !__atomic_load_n(tc_process_alive, __ATOMIC_RELAXED);
    if (!child && guard_is_stale(sp))
        abandon_hook(tc_local.thread);
    if (!child && (tc_local.guard || tc_local.busy))
        return enter_nested();
    int kept = errno;
    tc_local.guard = sp;
    tc_local.active = NULL;
    struct tc_thread *self = enter_first(child);
    tc_local.kept_errno = errno = kept;
    if (!self)
        tc_local.guard = 0;
    return self;
}

struct tc_thread *tc_enter(void) {
    struct tc_thread *self = tc_active();
    if (TC_UNLIKELY(!self || !self->index))
        return tc_enter_slow();
    tc_local.guard = (uintptr_t)__builtin_frame_address(0);
    tc_local.active = NULL;
    tc_local.kept_errno = errno;
    return self;
}

TC_COLD void tc_leave_slow(struct tc_thread *self) {
    errno = tc_local.kept_errno;
    if (self->attention & TC_ATTENTION_NESTED) {
        tc_local.kept_errno = tc_local.outer_errno[--tc_local.nested];
        if (!tc_local.nested)
            self->attention &= ~(uint32_t)TC_ATTENTION_NESTED;
        return; /* the guard is the outer hook's */
    }
    tc_local.guard = 0;
    bool due = self->attention || tc_process.mode == TC_MODE_OFF;
    tc_local.active = due ? NULL : self;
}

void tc_leave(struct tc_thread *self) {
    tc_leave_slow(self);
}

/* The file and everything that events already refer to. */
static void make_file(void) {
    if (!tc_file_create()) {
        tc_process.mode = TC_MODE_OFF;
        return;
    }
    if (tc_options.verbose)
        tc_say("recording into ", tc_file.path, NULL);
    tc_compact_begin();
    tc_meta_write_process();
    __atomic_store_n(&tc_process.mode, TC_MODE_FILE, __ATOMIC_RELEASE);
    tc_meta_write_all();
}

TC_COLD static void materialise(struct tc_thread *self) {
    struct tc_thread *active = tc_busy_begin();
    struct tc_lock_state state = tc_lock_take(&tc_process.lock);
    if (tc_process.mode == TC_MODE_MEMORY)
        make_file();
    tc_lock_give(&tc_process.lock, state);
    if (tc_process.mode == TC_MODE_FILE && self->chunk.header && self->chunk.in_memory)
        tc_chunk_to_file(self);
    tc_busy_end(active);
}

void tc_materialise(struct tc_thread *self) {
    if (TC_UNLIKELY(tc_process.mode == TC_MODE_MEMORY))
        materialise(self);
}

/* The identities that objects carry belong to the old epoch from here on: their tickets start anew
 * with their next use. */
void tc_process_compact(struct tc_thread *self) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    tc_object_drop_past();
    tc_process.stash_key = 2 * ++tc_process.epoch;
    tc_process.hot_epoch++;
    tc_lock_give(&tc_objects_lock, state);
    if (tc_chunk_restart(self))
        tc_restate_held(self);
    self->attention &= ~(uint32_t)TC_ATTENTION_COMPACT;
}

/* The number alone would not do: the first process of a namespace and the first of one within it
 * are both 1. */
bool tc_process_is_ours(void) {
    return tc_process_alive && __atomic_load_n(tc_process_alive, __ATOMIC_RELAXED) &&
           tc_getpid() == tc_process.pid;
}

void tc_process_begin(void) {
    tc_process.pid = tc_getpid();
    tc_process.start_realtime = tc_realtime();
    tc_process.start_monotonic = tc_now();
    uint32_t *page = tc_process_alive ? tc_process_alive : tc_map(TC_PAGE);
    if (!page)
        return;
    TC_SYSCALL_3(SYS_madvise, page, TC_PAGE, MADV_WIPEONFORK);
    *page = 1;
    tc_others_begin();
    tc_process.mode = TC_MODE_MEMORY;
    __atomic_store_n(&tc_process_alive, page, __ATOMIC_RELEASE);
}

/* Everything that belongs to the parent is let go; what is known of objects stays, unless another
 * thread of the parent was changing the table at that moment. */
void tc_process_renew(void) {
    struct tc_held_list *held = tc_local.held;
    bool was_attached = tc_local.thread != NULL;
    int parent = tc_process.pid;
    if (tc_lock_is_held(&tc_objects_lock)) {
        tc_object_reset();
        held = NULL;
    }
    tc_object_forked();
    tc_lock_init(&tc_process.lock);
    tc_file_forget();
    tc_thread_forget_all();
    tc_meta_forked();
    tc_stack_forked();
    tc_modules_forked();
    if (tc_interpreter.forked)
        tc_interpreter.forked();
    tc_race_forked();
    tc_compact_forked();
    tc_process.stash_key = 2 * ++tc_process.epoch;
    tc_process.hot_epoch++;
    tc_process.generation++;
    tc_process.threads = 0;
    tc_process.exiting = tc_process.reported = 0;
    tc_report_forked();
    memset(tc_process.lost, 0, sizeof(tc_process.lost));
    tc_process_begin();
    tc_process.parent_pid = parent;
    tc_local.thread = NULL;
    tc_watch_forked();
    struct tc_thread *self = was_attached ? tc_thread_attach() : NULL;
    if (!self)
        return;
    tc_event(self, TC_EV_FORK_CHILD, (struct tc_ref){0}, 0, 0, 0);
    for (uint32_t i = 0; held && i < held->count; i++) {
        uint64_t entry = held->entries[i];
        tc_event(self, tc_held_shared(entry) ? TC_EV_STILL_HELD_SHARED : TC_EV_STILL_HELD,
                 (struct tc_ref){.id = tc_held_object(entry)}, tc_held_stack(entry), 0, 0);
    }
}

void tc_fork_prepare(struct tc_thread *self, struct tc_fork_held *held) {
    (void)self; /* what the child needs is where fork leaves it: see thread.h */
    tc_fork_held_into(held);
}

void tc_fork_parent(struct tc_thread *self, int child, uint32_t stack,
                    const struct tc_fork_held *held) {
    tc_fork_held_into(NULL);
    tc_fork_fate_parent(held, child);
    tc_event(self, TC_EV_FORK, (struct tc_ref){0}, stack, (uint64_t)child, 0);
    tc_fork_held_tell(self, stack, held);
}

void tc_fork_child(uint32_t stack, const struct tc_fork_held *held) {
    tc_fork_held_into(NULL);
    tc_fork_fate_child(held);
    struct tc_thread *self = tc_enter(); /* which finds that the process is new */
    if (!self)
        return;
    if (held->count)
        tc_materialise(self); /* it may need what nobody can release */
    tc_fork_held_tell(self, stack, held);
    tc_leave(self);
}
