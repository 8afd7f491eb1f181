/* registry.c: which threads there are: started ones, the main one, and dummies for those that were
 * made elsewhere.  Also what fork does to them.
 *
 * Threads: the guard protects the list; see thread.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thread.h"

uint32_t threading_registry_guard;
threading_thread *threading_registry;

static threading_thread first_main = {.kind = THREADING_MAIN, .phase = THREADING_RUNNING};
char threading_main_name[] = "MainThread";
static threading_thread *main_thread = &first_main; /* another one in a forked child */
static uint32_t names;
static pthread_key_t end_key;
static bool end_key_made;

void threading_registry_add(threading_thread *thread) {
    thread->previous = NULL;
    thread->next = threading_registry;
    if (thread->next)
        thread->next->previous = thread;
    threading_registry = thread;
}

void threading_registry_remove(threading_thread *thread) {
    if (thread->next)
        thread->next->previous = thread->previous;
    if (thread->previous)
        thread->previous->next = thread->next;
    else if (threading_registry == thread)
        threading_registry = thread->next;
    thread->next = thread->previous = NULL;
}

int threading_name_new(char **name, const char *kind) {
    char text[32];
    snprintf(text, sizeof text, "%s-%u", kind, __atomic_add_fetch(&names, 1, __ATOMIC_RELAXED));
    return (*name = strdup(text)) ? 0 : ENOMEM;
}

static void fill_in_self(threading_thread *thread) {
    thread->native = pthread_self();
    thread->native_id = gettid();
}

threading_thread *threading_known_self(void) {
    if (!threading_self.thread && gettid() == getpid()) {
        threading_self.thread = main_thread;
        fill_in_self(main_thread);
    }
    return threading_self.thread;
}

/* A foreign thread ends. */
static void end_of_thread(void *unused) {
    (void)unused;
    threading_release_attributes();
    threading_thread *self = threading_self.thread;
    if (!self || self->kind != THREADING_DUMMY)
        return;
    threading_word_lock(&threading_registry_guard);
    threading_registry_remove(self);
    threading_word_unlock(&threading_registry_guard);
    threading_self.thread = NULL;
    free(self->name);
    free(self);
}

int threading_call_at_end(void) {
    if (!end_key_made)
        return EAGAIN;
    return pthread_setspecific(end_key, &threading_self);
}

static threading_thread *new_dummy(void) {
    threading_thread *dummy = calloc(1, sizeof *dummy);
    if (!dummy || threading_name_new(&dummy->name, "Dummy")) {
        free(dummy);
        return NULL;
    }
    dummy->kind = THREADING_DUMMY;
    dummy->phase = THREADING_RUNNING;
    dummy->daemon = true;
    fill_in_self(dummy);
    threading_self.thread = dummy;
    threading_word_lock(&threading_registry_guard);
    threading_registry_add(dummy);
    threading_word_unlock(&threading_registry_guard);
    threading_call_at_end();
    return dummy;
}

threading_thread *threading_current_thread(void) {
    threading_thread *self = threading_known_self();
    return self ? self : new_dummy();
}

threading_thread *threading_main_thread(void) {
    return main_thread;
}

/* Python counts a thread from its start on, and the main thread always. */
static bool counts(const threading_thread *thread) {
    uint32_t phase = threading_phase(thread);
    return phase == THREADING_STARTING || phase == THREADING_RUNNING || phase == THREADING_EXITING;
}

size_t threading_enumerate(threading_thread **out, size_t cap) {
    size_t alive = 1;
    if (cap)
        out[0] = main_thread;
    threading_word_lock(&threading_registry_guard);
    for (threading_thread *thread = threading_registry; thread; thread = thread->next) {
        if (thread == main_thread || !counts(thread))
            continue;
        if (alive < cap)
            out[alive] = thread;
        alive++;
    }
    threading_word_unlock(&threading_registry_guard);
    return alive;
}

size_t threading_active_count(void) {
    return threading_enumerate(NULL, 0);
}

uint64_t threading_get_ident(void) {
    return (uint64_t)pthread_self();
}

pid_t threading_get_native_id(void) {
    return gettid();
}

static void before_fork(void) {
    threading_attributes_before_fork();
    threading_word_lock(&threading_registry_guard);
}

static void after_fork_in_parent(void) {
    threading_attributes_after_fork(false);
    threading_word_unlock(&threading_registry_guard);
}

/* Only the calling thread exists here; it is the main thread from now on. */
static void after_fork_in_child(void) {
    threading_thread *self = threading_self.thread;
    while (threading_registry) {
        threading_thread *thread = threading_registry;
        threading_registry_remove(thread);
        if (thread != self)
            __atomic_store_n(&thread->phase, THREADING_GONE, __ATOMIC_RELEASE);
        thread->pins = 0;
    }
    if (!self) {
        self = threading_self.thread = &first_main;
        self->kind = THREADING_MAIN;
        self->phase = THREADING_RUNNING;
    }
    fill_in_self(self);
    main_thread = self;
    threading_registry_guard = 0;
    threading_attributes_after_fork(true);
}

/* The constructors are where every program that has threads links them from an archive, too. */
__attribute__((constructor(102))) static void set_up(void) {
    if (!first_main.name)
        first_main.name = threading_main_name;
    first_main.native_id = getpid();
    end_key_made = pthread_key_create(&end_key, end_of_thread) == 0;
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    threading_known_self();
    threading_wait_at_exit();
}
