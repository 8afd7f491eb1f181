/* hang_check.c: see hang_check.h.
 *
 * Only threads that have waited for hang_timeout in calls without a time limit count as waiting.
 * Their held lists do not change meanwhile, and `waiting_changes` tells when one went on.  A hang
 * has to stand in two looks before it is reported, with all of its threads asleep: one that was
 * woken may not have run since. */
#include "preload/hang_check.h"

#include <string.h>

#include "preload/file.h"
#include "preload/interpreter.h"
#include "preload/object.h"
#include "preload/options.h"
#include "preload/process.h"
#include "preload/recorder.h"
#include "preload/sys.h"
#include "preload/thread.h"
#include "preload/wait_for.h"

#include "preload/poison.h"

static uint64_t suspected; /* signature of the hang seen in the last look; 0: none */
static uint64_t reported;  /* of the last one that was reported */

/* What one look works on; made for it and dropped after it. */
struct look {
    struct tc_wait_thread *threads;
    uint32_t *changes; /* waiting_changes of each */
    uint32_t *indices, *tids;
    uint32_t count, capacity;
    uint32_t waiting; /* threads that wait now, however long */
    uint32_t long_waiting;
    bool leader_ended;     /* the main thread ended before the process */
    bool may_be_elsewhere; /* a wait that another process may end */
    struct tc_wait_hold *holds;
    uint32_t hold_count, hold_capacity;
};

/* A thread's waiting record, as a whole; false while it changes. */
static bool read_waiting(const struct tc_thread *thread, struct tc_waiting *waiting,
                         uint32_t *changes) {
    *changes = __atomic_load_n(&thread->waiting_changes, __ATOMIC_ACQUIRE);
    *waiting = thread->waiting;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return !(*changes & 1) &&
           __atomic_load_n(&thread->waiting_changes, __ATOMIC_RELAXED) == *changes;
}

static enum tc_wait_kind kind_of(const struct tc_waiting *waiting) {
    switch (waiting->code) {
    case TC_EV_REQUEST:
        return TC_WAIT_LOCK;
    case TC_EV_REQUEST_SHARED:
        return TC_WAIT_SHARED;
    case TC_EV_THREAD_JOIN_REQUEST:
        return TC_WAIT_JOIN;
    case TC_EV_REQUEST_COUNTED:
    case TC_EV_WAIT:
    case TC_EV_ARRIVE:
    case TC_EV_DESTROY: /* waits for the object's users */
        return TC_WAIT_OTHER;
    default: /* with a time limit */
        return TC_WAIT_NONE;
    }
}

static void count_threads(struct look *look) {
    for (const struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE); thread;
         thread = thread->next) {
        uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
        if (state == TC_THREAD_FREE)
            continue;
        look->capacity++;
        if (state == TC_THREAD_LIVE && thread->waiting.object) {
            look->waiting++;
            look->hold_capacity += thread->held ? thread->held->count : 0;
        }
    }
}

/* Copies what the thread holds; what does not fit any more was acquired after it was counted, by a
 * thread that thus does not wait. */
static void copy_holds(struct look *look, const struct tc_thread *thread,
                       struct tc_wait_thread *result) {
    const struct tc_held_list *held = __atomic_load_n(&thread->held, __ATOMIC_ACQUIRE);
    result->holds = look->holds + look->hold_count;
    for (uint32_t i = 0; held && i < held->count && look->hold_count < look->hold_capacity; i++) {
        uint64_t entry = held->entries[i];
        look->holds[look->hold_count++] =
            (struct tc_wait_hold){tc_held_object(entry), tc_held_shared(entry)};
        result->hold_count++;
    }
}

/* A lock without an owner that the thread holds itself, or that went from hand to hand before, may
 * be a signal that some other thread will give. */
static bool anybody_may_release(const struct tc_thread *thread, const struct tc_object *object) {
    if (!object || object->type != TC_OBJECT_PY_LOCK)
        return false;
    if (__atomic_load_n(&object->attr, __ATOMIC_RELAXED) & TC_ATTR_HANDED_OVER)
        return true;
    if (__atomic_load_n(&thread->python_handlers, __ATOMIC_RELAXED))
        return false; /* what the handler interrupted holds it */
    const struct tc_held_list *held = __atomic_load_n(&thread->held, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; held && i < held->count; i++)
        if (tc_held_object(held->entries[i]) == object->id)
            return true;
    return false;
}

static void look_at_thread(struct look *look, const struct tc_thread *thread, uint64_t now) {
    uint32_t state = __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE);
    if (state == TC_THREAD_ENDED && thread->tid == tc_process.pid)
        look->leader_ended = true;
    if (state == TC_THREAD_FREE || state == TC_THREAD_ENDED || look->count == look->capacity)
        return;
    struct tc_wait_thread *result = &look->threads[look->count];
    struct tc_waiting waiting;
    *result = (struct tc_wait_thread){.self = thread->object ? thread->object->id : 0};
    look->indices[look->count] = thread->index;
    look->tids[look->count] = (uint32_t)thread->tid;
    if (state == TC_THREAD_LIVE && read_waiting(thread, &waiting, &look->changes[look->count]) &&
        waiting.object && now > waiting.since && now - waiting.since >= tc_options.hang_timeout) {
        const struct tc_object *object = tc_object_by_id(waiting.object);
        result->kind = kind_of(&waiting);
        if (result->kind == TC_WAIT_LOCK && anybody_may_release(thread, object))
            result->kind = TC_WAIT_OTHER;
        result->object = waiting.object;
        if (object && object->attr & (TC_ATTR_SHARED_PROCESS | TC_ATTR_NAMED))
            look->may_be_elsewhere = true;
        look->long_waiting += result->kind != TC_WAIT_NONE;
        copy_holds(look, thread, result);
    }
    look->count++;
}

/* The number behind `key` in the text of /proc/self/status. */
static uint64_t status_number(const char *status, const char *key, unsigned base) {
    size_t length = strlen(key);
    for (const char *line = status; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) != 0)
            continue;
        uint64_t number = 0;
        for (line += length; *line == ' ' || *line == '\t'; line++)
            ;
        for (;; line++) {
            unsigned digit = *line >= '0' && *line <= '9'   ? (unsigned)(*line - '0')
                             : *line >= 'a' && *line <= 'f' ? (unsigned)(*line - 'a') + 10
                                                            : 16;
            if (digit >= base)
                return number;
            number = number * base + digit;
        }
    }
    return 0;
}

/* Whether somebody whom we do not see could end a wait: a thread that is not attached, a signal
 * handler, another process. */
static bool outside_help(const struct look *look) {
    static char status[4096];
    /* Signals 32 and 33: cancellation and set*id. */
    const uint64_t of_libc = 3ull << 31, known = of_libc | tc_interpreter.own_signals;
    if (look->may_be_elsewhere)
        return true;
    long size = tc_read_file("/proc/self/status", status, sizeof status - 1);
    if (size <= 0)
        return true;
    status[size] = '\0';
    uint64_t expected = look->count + 1u + look->leader_ended; /* and the watch itself */
    return status_number(status, "Threads:", 10) != expected ||
           (status_number(status, "SigCgt:", 16) & ~known) != 0;
}

/* Whether the kernel says that a thread sleeps, or does not say. A busy machine, a freezer or a
 * debugger may keep one that was woken from going on. */
static bool is_asleep(uint32_t tid) {
    static char stat[256];
    char path[48];
    struct tc_text text = tc_text_begin(path, sizeof path);
    tc_text_add(&text, "/proc/self/task/");
    tc_text_add_number(&text, tid);
    tc_text_add(&text, "/stat");
    long size = tc_read_file(path, stat, sizeof stat - 1);
    stat[size > 0 ? size : 0] = '\0';
    const char *state = strrchr(stat, ')'); /* the name before it may have any */
    return !state || strlen(state) < 3 || state[2] == 'S';
}

/* Who waits for one of these does not sleep all the time. */
static bool may_spin(uint32_t id) {
    const struct tc_object *object = tc_object_by_id(id);
    return !object || object->type == TC_OBJECT_SPIN || object->type == TC_OBJECT_USER_LOCK ||
           object->type == TC_OBJECT_FUTEX || object->type >= TC_OBJECT_PY_LOCK;
}

static bool all_asleep(const struct look *look, bool everybody) {
    for (uint32_t i = 0; i < look->count; i++)
        if ((everybody || look->threads[i].stuck) && !may_spin(look->threads[i].object) &&
            !is_asleep(look->tids[i]))
            return false;
    return true;
}

/* Names the hang by its threads and the wait that each is in; 0: there is none. */
static uint64_t signature(struct look *look) {
    uint32_t stuck = tc_wait_for_stuck(look->threads, look->count);
    bool all =
        stuck == 0 && tc_wait_for_nobody_left(look->threads, look->count) && !outside_help(look);
    if (!stuck && !all)
        return 0;
    uint64_t hash = 1;
    for (uint32_t i = 0; i < look->count; i++) {
        if (!all && !look->threads[i].stuck)
            continue;
        hash = (hash ^ look->indices[i]) * 0x9e3779b97f4a7c15ull;
        hash = (hash ^ look->changes[i] ^ hash >> 29) * 0x9e3779b97f4a7c15ull;
    }
    hash |= 1;
    return hash == reported || all_asleep(look, all) ? hash : 0;
}

static void report(void) {
    int status = tc_spawn_hang_report();
    const int has_findings = (int)tc_options.error_exitcode;
    if (tc_options.on_deadlock[0] != 'a' || (status >= 0 && status != has_findings))
        return;
    tc_process_end_by_watch(has_findings);
    TC_SYSCALL_1(SYS_exit_group, has_findings);
}

static uint64_t look_at_all(struct look *look) {
    uint64_t now = tc_now();
    for (const struct tc_thread *thread = __atomic_load_n(&tc_threads, __ATOMIC_ACQUIRE); thread;
         thread = thread->next)
        look_at_thread(look, thread, now);
    return look->long_waiting ? signature(look) : 0;
}

enum tc_hang tc_hang_check(void) {
    struct look look = {0};
    count_threads(&look);
    if (!look.waiting || !tc_options.hang_timeout) {
        suspected = 0;
        return !look.waiting && look.capacity <= 1 ? TC_HANG_NOBODY_WAITS : TC_HANG_NONE;
    }
    size_t per_thread = sizeof *look.threads + sizeof *look.changes + 2 * sizeof *look.indices;
    size_t size = look.capacity * per_thread + (look.hold_capacity + 1) * sizeof *look.holds;
    look.threads = tc_map(size);
    if (!look.threads)
        return TC_HANG_NONE;
    look.changes = (uint32_t *)(look.threads + look.capacity);
    look.indices = look.changes + look.capacity;
    look.tids = look.indices + look.capacity;
    look.holds = (struct tc_wait_hold *)(look.tids + look.capacity);
    uint64_t found = look_at_all(&look);
    tc_unmap(look.threads, size);
    bool stands = found && found == suspected && found != reported;
    suspected = found;
    if (!stands)
        return TC_HANG_NONE;
    reported = found;
    report();
    return TC_HANG_REPORTED;
}

void tc_hang_forget(void) {
    suspected = reported = 0;
}
