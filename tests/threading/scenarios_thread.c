/* scenarios_thread.c: the scenarios of Thread, local and Timer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scenarios.h"

static void wait_event(void *event) {
    threading_event_wait(event, FOREVER);
}

static bool is_enumerated(threading_thread *thread) {
    threading_thread *threads[64];
    size_t count = threading_enumerate(threads, 64);
    for (size_t i = 0; i < count; i++)
        if (threads[i] == thread)
            return true;
    return false;
}

static const char *more_than(size_t before, char *text) {
    sprintf(text, "%zu", threading_active_count() - before);
    return text;
}

/* Python raises one exception for both: not started, and the current thread. */
static const char *joined(int result) {
    return result == EINVAL ? "RuntimeError" : did(result);
}

static void join_self(void *unused) {
    (void)unused;
    say("thread joins itself", joined(threading_thread_join(threading_current_thread(), FOREVER)),
        NULL);
}

static bool ran_in_main;

static void note_where(void *unused) {
    (void)unused;
    ran_in_main = threading_current_thread() == threading_main_thread();
}

static void nothing(void *unused) {
    (void)unused;
}

static void main_thread(void) {
    threading_thread *self = threading_main_thread(), *thread;
    say("main thread", threading_thread_name(self), truth(self == threading_current_thread()),
        truth(threading_thread_daemon(self)),
        truth(threading_thread_ident(self) == threading_get_ident()),
        truth(threading_thread_native_id(self) == getpid()),
        joined(threading_thread_join(self, FOREVER)), NULL);
    threading_thread_create(&thread, note_where, NULL, NULL);
    threading_thread_run(thread);
    say("thread run", truth(ran_in_main), NULL);
    threading_thread_destroy(thread);
}

static void thread_life(void) {
    threading_event go = THREADING_EVENT_INIT;
    struct threading_thread_options options = {"worker", -1};
    threading_thread *t;
    const char *w[3];
    char text[16];
    threading_thread_create(&t, wait_event, &go, &options);
    say("thread before start", threading_thread_name(t), truth(threading_thread_daemon(t)),
        truth(!threading_thread_ident(t)), truth(!threading_thread_native_id(t)),
        truth(threading_thread_is_alive(t)), joined(threading_thread_join(t, FOREVER)), NULL);
    size_t before = threading_active_count();
    w[0] = did(threading_thread_start(t));
    w[1] = did(threading_thread_start(t));
    say("thread start", w[0], w[1], truth(threading_thread_is_alive(t)), truth(is_enumerated(t)),
        more_than(before, text), NULL);
    threading_thread_join(t, SOON);
    say("thread join with time-out", truth(threading_thread_is_alive(t)), NULL);
    threading_event_set(&go);
    w[0] = did(threading_thread_join(t, FOREVER));
    w[1] = did(threading_thread_join(t, FOREVER));
    w[2] = did(threading_thread_join(t, 0));
    say("thread join", w[0], w[1], w[2], truth(threading_thread_is_alive(t)),
        truth(is_enumerated(t)), more_than(before, text), did(threading_thread_start(t)), NULL);
    threading_thread_destroy(t);
    in_thread(join_self, NULL);
}

static void daemon_parent(void *unused) {
    (void)unused;
    struct threading_thread_options options = {NULL, 0};
    threading_thread *child, *other;
    threading_thread_create(&child, nothing, NULL, NULL);
    threading_thread_create(&other, nothing, NULL, &options);
    say("daemon is inherited", truth(threading_thread_daemon(child)),
        truth(threading_thread_daemon(other)), NULL);
    threading_thread_destroy(child);
    threading_thread_destroy(other);
}

static void daemons(void) {
    struct threading_thread_options options = {NULL, 1};
    threading_thread *t;
    threading_thread_create(&t, daemon_parent, NULL, &options);
    threading_thread_start(t);
    finish(t);
    threading_thread_create(&t, nothing, NULL, NULL);
    threading_thread_set_daemon(t, true);
    threading_thread_start(t);
    bool daemon = threading_thread_daemon(t);
    say("daemon after start", truth(daemon), did(threading_thread_set_daemon(t, false)), NULL);
    finish(t);
}

static threading_local local = THREADING_LOCAL_INIT;
static char released[128];

static void release(void *value) {
    sprintf(released + strlen(released), "%s%s", *released ? "," : "", (char *)value);
}

static bool has(const char *name) {
    void *value;
    return threading_local_get(&local, name, &value) == 0;
}

static void local_elsewhere(void *unused) {
    (void)unused;
    bool there = has("x");
    say("local elsewhere", truth(there), did(threading_local_del(&local, "x")), NULL);
    threading_local_set(&local, "x", "replaced", release);
    threading_local_set(&local, "x", "first", release);
    say("local replaced", released, NULL);
    threading_local_set(&local, "y", "second", release);
    threading_local_del(&local, "y");
    say("local deleted", released, NULL);
}

static void local_scenario(void) {
    void *value = NULL;
    threading_local_set(&local, "x", "main", release);
    bool there = has("x");
    const char *get = did(threading_local_get(&local, "y", &value));
    say("local", truth(there), get, did(threading_local_del(&local, "y")), NULL);
    in_thread(local_elsewhere, NULL);
    threading_local_get(&local, "x", &value);
    say("local after the thread", released, (char *)value, NULL);
    threading_local_del(&local, "x");
    say("local at last", released, NULL);
}

static char calls[64];

static void call(void *text) {
    strcat(calls, text);
}

static void timer_scenario(void) {
    threading_timer *t;
    threading_timer_create(&t, 0.01, call, "fired");
    bool alive = threading_timer_is_alive(t);
    say("timer before start", truth(alive), joined(threading_timer_join(t, FOREVER)), NULL);
    threading_timer_start(t);
    threading_timer_join(t, FOREVER);
    alive = threading_timer_is_alive(t);
    const char *again = did(threading_timer_start(t));
    say("timer", calls, truth(alive), again, did(threading_timer_cancel(t)), NULL);
    threading_timer_destroy(t);
    threading_timer_create(&t, 1000, call, "not");
    threading_timer_start(t);
    alive = threading_timer_is_alive(t);
    threading_timer_join(t, SOON);
    bool still = threading_timer_is_alive(t);
    threading_timer_cancel(t);
    threading_timer_join(t, FOREVER);
    say("timer cancelled", truth(alive), truth(still), truth(threading_timer_is_alive(t)), calls,
        NULL);
    threading_timer_destroy(t);
    threading_timer_create(&t, 0, call, "not");
    threading_timer_cancel(t);
    threading_timer_start(t);
    threading_timer_join(t, FOREVER);
    say("timer cancelled before start", calls, NULL);
    threading_timer_destroy(t);
}

void thread_scenarios(void) {
    thread_life();
    main_thread();
    daemons();
    local_scenario();
    timer_scenario();
}
