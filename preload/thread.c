/* thread.c: gives threads their structs, and the calls of recorder.h about threads; see thread.h.
 */
#include "preload/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "preload/compact.h"
#include "preload/event.h"
#include "preload/file.h"
#include "preload/interpreter.h"
#include "preload/meta.h"
#include "preload/object.h"
#include "preload/others.h"
#include "preload/race/sample.h"
#include "preload/valgrind.h"

#include "preload/poison.h"

#define SLAB        16  /* structs mapped at a time */
#define HELD_FIRST  500 /* entries: a page */
#define MAIN_STACK  (1u << 20)
#define PROBE_PAGES 32           /* until what was found is noted */
#define DEEPER      (256u << 10) /* farther down it is not likely to be the same stack */
#define NOT_DEEPER  8            /* attempts */
#define INDEX_MAX   ((1u << 24) - 1)

__thread struct tc_local tc_local __attribute__((tls_model("initial-exec"), aligned(64)));
__thread struct tc_fresh tc_fresh __attribute__((tls_model("initial-exec")));
struct tc_thread *tc_threads;

static struct tc_thread *ended_first, *ended_last; /* oldest first; under tc_process.lock */
static struct tc_thread *slab;
static unsigned slab_used = SLAB;

static struct tc_held_list *held_make(uint32_t capacity) {
    struct tc_held_list *held = tc_map(sizeof(*held) + capacity * sizeof(held->entries[0]));
    if (held)
        held->capacity = capacity;
    return held;
}

/* The old list is kept: the hang watch may be reading it. */
bool tc_held_grow(struct tc_thread *self) {
    struct tc_held_list *old = self->held, *held = held_make(old->capacity * 2);
    if (!held)
        return false;
    memcpy(held->entries, old->entries, old->count * sizeof(old->entries[0]));
    held->count = old->count;
    __atomic_store_n(&self->held, held, __ATOMIC_RELEASE);
    tc_local.held = held;
    return true;
}

static struct tc_thread *slab_take(void) {
    if (slab_used == SLAB) {
        struct tc_thread *fresh = tc_map(SLAB * sizeof(*fresh));
        if (!fresh)
            return NULL;
        TC_SYSCALL_3(SYS_madvise, fresh, SLAB * sizeof(*fresh), MADV_WIPEONFORK);
        slab = fresh;
        slab_used = 0;
    }
    struct tc_thread *thread = &slab[slab_used];
    if (!thread->held && !(thread->held = held_make(HELD_FIRST)))
        return NULL;
    slab_used++;
    thread->next = tc_threads;
    __atomic_store_n(&tc_threads, thread, __ATOMIC_RELEASE);
    return thread;
}

/* All but what stays with the struct.  Whoever walks the list meanwhile must find its rest, and the
 * held list, which is empty from here on. */
static void wipe(struct tc_thread *thread) {
    const size_t kept[] = {offsetof(struct tc_thread, held),
                           offsetof(struct tc_thread, compact_page),
                           offsetof(struct tc_thread, next), sizeof(*thread)};
    _Static_assert(offsetof(struct tc_thread, held) < offsetof(struct tc_thread, compact_page) &&
                       offsetof(struct tc_thread, compact_page) < offsetof(struct tc_thread, next),
                   "in the order of the struct");
    size_t from = 0;
    thread->held->count = 0;
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        memset((uint8_t *)thread + from, 0, kept[i] - from);
        from = kept[i] + sizeof(void *);
    }
}

/* The struct of a thread that ended and that the kernel does not know any more. */
static struct tc_thread *recycle(void) {
    struct tc_thread *thread = ended_first;
    if (!thread || TC_SYSCALL_3(SYS_tgkill, tc_process.pid, thread->tid, 0) != -ESRCH)
        return NULL;
    ended_first = thread->next_ended;
    if (!ended_first)
        ended_last = NULL;
    tc_chunk_give_back(thread);
    wipe(thread);
    return thread;
}

/* A struct for a thread that is to come; its THREAD object has no address yet, and is new, or that
 * of a thread that left no trace (`again`). */
static struct tc_thread *reserve(enum tc_thread_state state, struct tc_object *again) {
    struct tc_lock_state signals = tc_lock_take(&tc_process.lock);
    bool too_many =
        !again && tc_process.threads >= INDEX_MAX; /* told as a loss, for each of their calls */
    struct tc_thread *thread = too_many ? NULL : recycle();
    if (!thread && !too_many)
        thread = slab_take();
    struct tc_lock_state inner = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = !thread ? NULL : again ? again : tc_object_new(TC_OBJECT_THREAD);
    tc_lock_give(&tc_objects_lock, inner);
    if (object) {
        thread->object = object;
        thread->state = state;
        if (!again)
            object->thread = object->spawn.index = ++tc_process.threads;
        __atomic_store_n(&thread->index, object->spawn.index, __ATOMIC_RELEASE);
        if (tc_file.header)
            __atomic_store_n(&tc_file.header->threads, tc_process.threads, __ATOMIC_RELAXED);
    }
    tc_lock_give(&tc_process.lock, signals);
    if (!object)
        tc_lose(TC_LOSS_MEMORY, 1);
    return object ? thread : NULL;
}

void tc_thread_write(struct tc_thread *thread) {
    struct tc_meta_thread record = {
        .thread = thread->index,
        .parent = thread->parent,
        .tid = (uint32_t)thread->tid,
        .object = thread->object->id,
        .start_routine = thread->start_routine,
        .stack_low = thread->stack_low,
        .stack_high = thread->stack_high,
        .create_stack = thread->create_stack,
        .flags = thread->early ? TC_THREAD_EARLY : 0,
    };
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    tc_object_write(thread->object);
    tc_lock_give(&tc_objects_lock, state);
    tc_meta_put(TC_META_THREAD, &record, sizeof(record), NULL, 0);
}

/* The main thread's stack ends with the strings that the kernel put there; that of another thread
 * with its TCB, which libc places at its top and pthread_self points to.  `begins`: libc has just
 * begun the thread, so that it runs on its own stack, and all from here up to its top is there. */
static void find_stack(struct tc_thread *self, bool begins) {
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    uintptr_t high = (uintptr_t)pthread_self();
    if (self->tid == tc_process.pid)
        high = (getauxval(AT_EXECFN) + 4095) & ~(uintptr_t)4095;
    self->stack_low = self->stack_high = self->stack_floor = 0;
    if (high <= sp)
        return;
    self->stack_low = self->stack_high = high;
    if (begins && high - sp < MAIN_STACK)
        self->stack_low = sp & ~(uintptr_t)4095;
    else
        tc_thread_prove_stack(self, sp);
}

/* Memcheck would tell of the question, as nothing lies below the stack pointer. */
static bool pages_readable(uintptr_t low, uintptr_t high) {
    uintptr_t page = tc_on_valgrind() ? high : low;
    while (page < high && tc_can_read(page))
        page += 4096;
    return page >= high;
}

void tc_thread_prove_stack(struct tc_thread *self, uintptr_t sp) {
    uintptr_t low = sp & ~(uintptr_t)4095;
    while (self->stack_high && low < self->stack_low) {
        uintptr_t top = self->stack_low, step = top - low;
        if (step > PROBE_PAGES * 4096ul)
            step = PROBE_PAGES * 4096ul;
        if (sp < top - MAIN_STACK * 64ul || !pages_readable(top - step, top))
            return;
        self->stack_low = top - step;
    }
}

TC_COLD void tc_thread_went_deeper(struct tc_thread *self, uintptr_t sp) {
    uintptr_t low = self->stack_low;
    if (sp >= low || low - sp > DEEPER || self->not_deeper >= NOT_DEEPER)
        return;
    tc_thread_prove_stack(self, sp);
    if (self->stack_low == low)
        self->not_deeper++;
}

static void take_over(struct tc_thread *self, bool begins) {
    self->tid = tc_gettid();
    find_stack(self, begins);
    __atomic_store_n(&self->state, TC_THREAD_LIVE, __ATOMIC_RELEASE);
    tc_local.thread = self;
    tc_local.held = self->held;
    tc_local.errno_place = &errno;
    tc_local.ended = false;
}

/* Whoever comes first, the thread or its creator, tells the handle.  The other may come when the
 * thread is over, and another one has the handle by then. */
static void bind_handle(uint32_t id, pthread_t handle) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_object_by_id(id);
    if (object && object->type == TC_OBJECT_THREAD && object->state == TC_OBJECT_LIVE &&
        !object->address)
        tc_object_link(object, (uintptr_t)handle);
    tc_lock_give(&tc_objects_lock, state);
}

struct tc_thread *tc_thread_attach(void) {
    struct tc_thread *self = reserve(TC_THREAD_RESERVED, NULL);
    if (!self)
        return NULL;
    take_over(self, false);
    self->early = tc_others_early(self->tid);
    bind_handle(self->object->id, pthread_self());
    if (tc_process.mode == TC_MODE_FILE)
        tc_thread_write(self);
    return self;
}

static bool is_brief(const struct tc_object *object) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    bool brief = tc_churn_class(object) != 0;
    tc_lock_give(&tc_objects_lock, state);
    return brief;
}

void tc_thread_prepare(struct tc_thread *self) {
    tc_materialise(self);
    if (tc_race_mode == TC_RACE_SAMPLE)
        tc_sample_start();
    else if (!TC_REWRITES)
        tc_race_tell_off();
}

static struct tc_object *take_again(const struct tc_thread *self, uint32_t stack,
                                    uintptr_t routine) {
    if (!tc_compact_wanted)
        return NULL;
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    struct tc_object *object = tc_spawn_take(self, stack, routine);
    tc_lock_give(&tc_objects_lock, state);
    return object;
}

/* Tells what is known of a thread that is to come. */
static void describe(struct tc_thread *child) {
    struct tc_object *object = child->object;
    object->stack = child->create_stack;
    object->thread = child->parent;
    object->spawn.routine = child->start_routine;
    if (tc_compact_wanted)
        child->brief = is_brief(object);
    if (tc_process.mode == TC_MODE_FILE)
        tc_thread_write(child);
}

struct tc_new_thread tc_thread_announce(struct tc_thread *self, uintptr_t start_routine,
                                        uint32_t stack, bool detached) {
    struct tc_object *again = take_again(self, stack, start_routine);
    struct tc_thread *child = reserve(TC_THREAD_RESERVED, again);
    if (!child)
        return (struct tc_new_thread){0};
    child->parent = self->index;
    child->create_stack = stack;
    child->start_routine = start_routine;
    child->brief = again != NULL;
    if (!again)
        describe(child);
    struct tc_new_thread thread = {.index = child->index, .object = tc_thread_object(child)};
    struct tc_object *object = child->object;
    bool stands = again && object->spawn.detached == detached && tc_spawn_stands(self, object);
    object->spawn.over = object->spawn.detached = detached;
    tc_fresh.first = tc_fresh.next; /* the new thread may know of what was allocated */
    if (stands)
        return thread;
    tc_spawn_writes(self, object);
    tc_event(self, TC_EV_THREAD_CREATE, thread.object, stack, 0, 0);
    if (detached)
        tc_event(self, TC_EV_THREAD_DETACH, thread.object, stack, 0, 0);
    tc_spawn_written(self);
    return thread;
}

static struct tc_ref end_early_one(void);

/* The thread with this index that has not begun: one that ended may have had the same. */
static struct tc_thread *by_index(uint32_t index) {
    struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE);
    while (thread && (thread->index != index || thread->state != TC_THREAD_RESERVED))
        thread = thread->next;
    return thread;
}

struct tc_thread *tc_thread_announced(void) {
    struct tc_lock_state state = tc_lock_take(&tc_objects_lock);
    const struct tc_object *object = tc_object_lookup((uintptr_t)pthread_self(), TC_OBJECT_THREAD);
    tc_lock_give(&tc_objects_lock, state);
    if (!object)
        return NULL;
    struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE);
    while (thread && (thread->object != object || thread->state != TC_THREAD_RESERVED))
        thread = thread->next;
    if (thread)
        take_over(thread, false);
    return thread;
}

void tc_thread_begin(struct tc_thread *self) {
    if (self->brief)
        tc_compact_brief(self);
    tc_event(self, TC_EV_THREAD_START, tc_thread_object(self), 0, 0, 0);
    /* Again, with what only the thread itself knows; after its first chunk is there, as one that
     * has a tid and no chunk is taken for a loss, and the process may end right here. */
    if (!self->brief)
        tc_thread_write(self);
}

/* The thread's control block lies in the topmost page of a stack that libc makes, whose size does
 * not count the guard at its other end. */
static uintptr_t floor_of(struct tc_new_thread thread) {
    uintptr_t top = ((uintptr_t)pthread_self() + 4096) & ~(uintptr_t)4095;
    return thread.stack_low                               ? thread.stack_low
           : thread.stack_size && thread.stack_size < top ? top - thread.stack_size
                                                          : 0;
}

struct tc_thread *tc_thread_start(struct tc_new_thread thread) {
    struct tc_thread *self = thread.index ? by_index(thread.index) : NULL;
    struct tc_ref early = {0};
    if (self && self->state == TC_THREAD_RESERVED && tc_local.thread)
        early = end_early_one();
    struct tc_thread *active = tc_busy_begin();
    if (!self || self->state != TC_THREAD_RESERVED) {
        tc_busy_end(active);
        return tc_enter();
    }
    take_over(self, true);
    self->stack_floor = floor_of(thread);
    tc_busy_end(active);
    if (!early.id)
        bind_handle(self->object->id, pthread_self());
    struct tc_thread *entered = tc_enter();
    if (!entered)
        return NULL;
    tc_thread_begin(self);
    if (early.id) { /* before the handle, and with it the early one's object, is another's */
        tc_event(self, TC_EV_THREAD_JOIN, early, 0, 0, 0);
        bind_handle(self->object->id, pthread_self());
    }
    return self;
}

void tc_thread_bind(struct tc_new_thread thread, pthread_t handle) {
    if (thread.index)
        bind_handle(thread.object.id, handle);
}

static void to_ended(struct tc_thread *thread) {
    struct tc_lock_state state = tc_lock_take(&tc_process.lock);
    thread->next_ended = NULL;
    if (ended_last)
        ended_last->next_ended = thread;
    else
        ended_first = thread;
    ended_last = thread;
    __atomic_store_n(&thread->state, TC_THREAD_ENDED, __ATOMIC_RELEASE);
    tc_lock_give(&tc_process.lock, state);
}

/* A signal handler ran in the new thread before this thread could say who it is, and before its
 * creator had the handle.  What it did comes before all else that the thread does. */
static struct tc_ref end_early_one(void) {
    struct tc_ref object = {0};
    struct tc_thread *early = tc_enter();
    if (early) {
        object = tc_thread_object(early);
        tc_thread_exit(early);
    }
    tc_local.active = NULL;
    return object;
}

void tc_thread_create_failed(struct tc_thread *self, struct tc_new_thread thread, int error) {
    tc_event(self, TC_EV_THREAD_CREATE_FAILED, thread.object, 0, 0, (uint32_t)error);
    struct tc_thread *child = thread.index ? by_index(thread.index) : NULL;
    if (!child)
        return;
    child->tid = 0x7fffffff; /* no thread: free at once */
    to_ended(child);
}

void tc_thread_exit(struct tc_thread *self) {
    if (!tc_local.ended) {
        tc_local.ended = true;
        if (tc_interpreter.thread_ended)
            tc_interpreter.thread_ended();
        struct tc_lock_state signals = tc_signals_hold();
        tc_event(self, TC_EV_THREAD_EXIT, tc_thread_object(self), 0, 0, 0);
        if (tc_process.mode == TC_MODE_FILE && self->tid != tc_process.pid) {
            struct tc_thread *active = tc_busy_begin();
            tc_chunk_give_back(self); /* a late event takes a new one */
            tc_spawn_ended(self);
            to_ended(self);
            tc_busy_end(active);
        }
        tc_signals_let(signals);
    }
    tc_leave(self);
}

struct tc_ref tc_thread_object(struct tc_thread *self) {
    struct tc_object *object = self->object;
    return (struct tc_ref){object->id, object->attr, tc_object_order(object)};
}

uint32_t tc_thread_index(const struct tc_thread *self) {
    return self->index;
}

void tc_thread_set_name(struct tc_thread *self, uint32_t index, const char *name) {
    size_t length = strnlen(name, 64);
    if (self->index == index && self->brief && length < sizeof self->name &&
        tc_compact_passes_unseen(self)) {
        memcpy(self->name, name, length + 1);
        return;
    }
    struct tc_meta_name record = {.id = index};
    tc_meta_put(TC_META_THREAD_NAME, &record, sizeof(record), name, length);
}

/* The structs are zero now; those that this process gets are new ones. */
void tc_thread_forget_all(void) {
    tc_threads = ended_first = ended_last = NULL;
    slab_used = SLAB;
}
