/* engine.c: the race detector begins, threads come and go, events become edges; see race.h.
 *
 * Nothing is watched before a second thread is about to be: all that happened until then comes
 * before all that follows.
 * Threads: what begins and loads runs in the first thread; the rest in any, with the guard on.
 */
#include <string.h>
#include <sys/single_threaded.h>

#include "preload/file.h"
#include "preload/object.h"
#include "preload/options.h"
#include "preload/race/calls.h"
#include "preload/race/core.h"
#include "preload/race/parts.h"
#include "preload/race/rewrite.h"
#include "preload/race/sample.h"
#include "preload/thread.h"
#include "preload/valgrind.h"
#include "threadcheck/events.h"

#include "preload/poison.h"

uint8_t tc_race_mode;
bool tc_race_partial;

/* What an event does to the clocks, made from events.def. */
enum { NOTHING, BORN, GONE, TAKE, TAKE_SHARED, GIVE, GIVE_SHARED, GIVE_MORE, TAKE_MORE };
#define EFFECT_CREATE(MODE)  BORN
#define EFFECT_DESTROY(MODE) GONE
#define EFFECT_NONE(MODE)    NOTHING
#define EFFECT_REQUEST(MODE) NOTHING
#define EFFECT_SEND(MODE)    GIVE_MORE
#define EFFECT_RECEIVE(MODE) TAKE_MORE
#define EFFECT_READ(MODE)    NOTHING
#define EFFECT_WRITE(MODE)   NOTHING
#define EFFECT_ACQUIRE(MODE) TAKE_##MODE
#define EFFECT_RELEASE(MODE) GIVE_##MODE
#define TAKE_EXCLUSIVE       TAKE
#define TAKE_COUNTED         TAKE_MORE
#define GIVE_EXCLUSIVE       GIVE
#define GIVE_COUNTED         GIVE_MORE
static const uint8_t effects[256] = {
#define TC_EVENT(code, NAME, OBJECT, EFFECT, MODE, flags, help) [code] = EFFECT_##EFFECT(MODE),
#include "threadcheck/events.def"
#undef TC_EVENT
};

static void told_off(const char *why) {
    tc_race_mode = TC_RACE_OFF;
    tc_say("data races are not looked for: ", why, NULL);
}

/* Where code can be neither rewritten nor watched, compiled programs are all that can be looked at.
 * NULL: it can be done; else that is told once there is a second thread. */
static const char *why_off;

static const char *impossible(void) {
    if (TC_REWRITES)
        return NULL;
    if (tc_options.races[0] == 's')
        return "races=sample needs an x86-64 processor";
    return tc_race_host_is_compiled() ? NULL
                                      : "on this processor races=full needs a program that is "
                                        "built with -fsanitize=thread";
}

void tc_race_tell_off(void) {
    if (why_off)
        told_off(why_off);
    why_off = NULL;
}

/* Whether the mode is known, and whether one of -fsanitize=thread's modules began before that. */
static bool begun, compiled;

void tc_race_compiled(void) {
    compiled = true;
    if (begun && tc_race_mode != TC_RACE_FULL)
        tc_calls_silence();
}

static bool sampling; /* what is wanted, once it is loaded */
static bool calls_found;

static void begin(void) {
    if (tc_options.races[0] == 'o')
        return;
    if (tc_race_runtime_is_foreign()) {
        told_off("the program has a ThreadSanitizer of its own linked in, which does that");
        return;
    }
    if (strcmp(tc_options.races_modules, "default") == 0 && tc_race_host_is_interpreter())
        return;
    if ((why_off = impossible()))
        return;
    if ((sampling = tc_options.races[0] == 's'))
        return;
    if (tc_on_valgrind()) { /* memcheck keeps notes of its own of each byte of a map */
        told_off("the program runs under Valgrind, whose tools have no room for the shadow");
        return;
    }
    if (!tc_shadow_map()) {
        told_off("there is no address space for the shadow (ulimit -v, or vm.overcommit_memory=2)");
        return;
    }
    tc_race_mode = TC_RACE_FULL;
}

void tc_race_begin(void) {
    begin();
    begun = true;
    if (compiled)
        tc_race_compiled();
}

void tc_race_load(void) {
    if (sampling)
        tc_race_mode = tc_race_sample_begin() ? TC_RACE_SAMPLE : TC_RACE_OFF;
    if (tc_race_mode != TC_RACE_FULL)
        return;
    tc_race_rewrite_begin(); /* where it cannot be, it was said; compiled programs need none */
    tc_calls_find();
    calls_found = true;
}

/* The calling thread is watched from here on. */
static struct tc_race_thread *watch(struct tc_thread *self) {
    struct tc_race_thread *thread = tc_race_thread_get();
    if (!thread)
        return NULL;
    thread->index = tc_thread_index(self);
    tc_race_local.thread = thread;
    tc_race_slot_take(thread);
    thread->used = true; /* what it does to a lock is to be known, also before any access */
    return thread;
}

static struct tc_race_thread *current(struct tc_thread *self) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (TC_LIKELY(thread != NULL))
        return thread;
    if (!tc_race_running || tc_local.ended)
        return NULL;
    thread = watch(self);
    if (thread)
        tc_race_know_all(thread); /* where it came from was not seen */
    return thread;
}

void tc_race_thread_begin(struct tc_thread *self) {
    (void)self; /* by its first event: see tc_race_event */
}

/* The stack was another thread's before, or, if the program gives it, whatever else. */
static void begin_thread(struct tc_thread *self) {
    if (tc_race_local.thread)
        tc_race_thread_end(self);
    uintptr_t low = self->stack_low, floor = self->stack_floor;
    tc_race_forget(floor && floor < low ? floor : low, self->stack_high);
    watch(self);
}

void tc_race_thread_end(struct tc_thread *self) {
    (void)self;
    struct tc_race_thread *thread = tc_race_local.thread;
    tc_race_local.key = 0;
    tc_race_local.thread = NULL;
    if (thread)
        tc_race_thread_give(thread);
}

static void start(struct tc_thread *self) {
    if (tc_race_on() && !__atomic_exchange_n(&tc_race_running, true, __ATOMIC_ACQ_REL)) {
        if (calls_found)
            tc_calls_patch();
        watch(self);
    }
}

void tc_race_constructed(struct tc_site site) {
    bool threads = tc_race_mode != TC_RACE_OFF && !__libc_single_threaded;
    struct tc_thread *self = threads ? tc_enter() : NULL;
    if (!self) {
        tc_race_rewrite_constructed(NULL, site);
        return;
    }
    if (tc_race_on()) {
        if (tc_race_running && calls_found)
            tc_calls_patch();
        start(self);
        tc_race_rewrite_constructed(self, site);
    } else {
        tc_thread_prepare(self);
    }
    tc_leave(self);
}

/* A condition's signal orders nothing: the mutex that goes with it does. */
static bool is_condition(struct tc_ref object) {
    const struct tc_object *known = tc_object_by_id(object.id);
    uint8_t type = known ? known->type : TC_OBJECT_NONE;
    return type == TC_OBJECT_COND || type == TC_OBJECT_PY_CONDITION;
}

/* Whether a static or a once is done is asked by the program's own code first, which reads a word
 * of the object as an atomic one. */
static void publish(struct tc_race_thread *thread, struct tc_ref object) {
    struct tc_object *known = tc_object_by_id(object.id);
    if (known && (known->type == TC_OBJECT_GUARD || known->type == TC_OBJECT_ONCE))
        tc_race_publish(thread, known->address);
}

static void edge(struct tc_race_thread *thread, uint8_t effect, struct tc_ref object) {
    uint64_t key = object.id;
    switch (effect) {
    case BORN:
    case GONE:
        tc_sync_forget(key);
        if (is_condition(object))
            tc_sync_forget(TC_SYNC_SIGNALS | key);
        break;
    case TAKE:
        tc_sync_acquire(thread, key, false);
        break;
    case TAKE_SHARED:
        tc_sync_acquire(thread, key, true);
        break;
    case GIVE:
        tc_sync_release(thread, key, false, true);
        publish(thread, object);
        break;
    case GIVE_SHARED:
        tc_sync_release(thread, key, true, false);
        break;
    case GIVE_MORE:
        if (is_condition(object))
            tc_sync_note(thread, TC_SYNC_SIGNALS | key);
        else
            tc_sync_release(thread, key, false, false);
        break;
    case TAKE_MORE:
        tc_sync_acquire(thread, key, false);
        break;
    default:
        break;
    }
    if (effect == TAKE || effect == GIVE || effect == TAKE_SHARED || effect == GIVE_SHARED)
        thread->held_unknown = true;
}

void tc_race_event(struct tc_thread *self, enum tc_event_code code, struct tc_ref object,
                   uint64_t arg) {
    (void)arg;
    if (code == TC_EV_THREAD_CREATE)
        start(self);
    if (!tc_race_running || code == TC_EV_RACE)
        return;
    if (code == TC_EV_THREAD_START)
        begin_thread(self);
    struct tc_race_thread *thread = current(self);
    if (!thread || thread->busy)
        return;
    thread->busy = true;
    tc_race_slot_again(thread);
    if (tc_race_local.pending)
        tc_race_take_pending(thread);
    if (code == TC_EV_IGNORE_BEGIN)
        thread->ignore++;
    else if (code == TC_EV_IGNORE_END && thread->ignore)
        thread->ignore--;
    else if (object.id)
        edge(thread, effects[code], object);
    if (code == TC_EV_ACQUIRE_ORPHAN) /* its owner ended without giving it back */
        tc_race_know_all(thread);
    thread->busy = false;
    if (code == TC_EV_THREAD_EXIT)
        tc_race_thread_end(self);
}

/* The set of the locks that are held now, where that is at hand. */
static void know_alone(struct tc_race_thread *thread) {
    const struct tc_held_list *held = tc_local.held;
    uint32_t count = held ? held->count : 0, lock = count ? tc_held_object(held->entries[0]) : 0;
    const struct tc_race_alone *alone = &thread->alone[lock % TC_RACE_ALONE];
    thread->held = count ? alone->set : 0;
    thread->held_unknown = count && (count > 1 || alone->lock != lock);
}

void tc_race_taken(uint32_t lock, bool shared) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread || thread->busy) /* a child, perhaps, that a signal handler made just now */
        return;
    thread->busy = true;
    if (TC_UNLIKELY(tc_race_local.pending))
        tc_race_take_pending(thread);
    tc_sync_acquire(thread, lock, shared);
    know_alone(thread);
    thread->busy = false;
}

void tc_race_given(uint32_t lock, bool shared) {
    struct tc_race_thread *thread = tc_race_local.thread;
    if (!thread || thread->busy) /* a child, perhaps, that a signal handler made just now */
        return;
    thread->busy = true;
    if (TC_UNLIKELY(tc_race_local.pending))
        tc_race_take_pending(thread);
    tc_sync_release(thread, lock, shared, !shared);
    know_alone(thread);
    thread->busy = false;
}

void tc_race_send(struct tc_thread *self, uintptr_t channel) {
    struct tc_race_thread *thread = current(self);
    if (!thread || thread->busy)
        return;
    thread->busy = true;
    tc_sync_release(thread, TC_SYNC_ADDRESS | channel, false, false);
    thread->busy = false;
}

void tc_race_receive(struct tc_thread *self, uintptr_t channel) {
    struct tc_race_thread *thread = current(self);
    if (!thread || thread->busy)
        return;
    thread->busy = true;
    tc_sync_acquire(thread, TC_SYNC_ADDRESS | channel, false);
    thread->busy = false;
}

void tc_race_forked(void) {
    tc_race_found_forked();
    tc_sample_forked();
    if (!tc_race_on())
        return;
    tc_shadow_forget_all(); /* handlers of pthread_atfork may have run in the child by now */
    tc_race_clock_forked();
    tc_race_contexts_forked();
    tc_caller_forked();
    tc_race_blocks_forked();
    tc_race_freed_forked();
    tc_calls_forked();
    tc_race_rewrite_forked();
    tc_sync_forked();
}
