/* hooks_once.c: initialisation that happens once: pthread_once and C11's call_once.
 *
 * What: who runs the initialiser holds the object meanwhile; who comes later gets a happens-before
 *       edge, recorded once for each thread and object.
 * Threads: each hook works for the calling thread.
 */
#include "preload/hook.h"

#define ONCE_RUNNING 1u /* glibc's pthread_once_t: low bits */
#define ONCE_DONE    2u
#define PASSED       8 /* objects that a thread remembers to have passed */

/* One run of an initialiser.  real.pthread_once hands its routine no argument. */
struct run {
    struct tc_frame frame; /* stays first */
    struct run *outer;
    void (*routine)(void);
    struct tc_ref object;
    uint32_t stack;
    bool ran;
};

static __thread struct run *current __attribute__((tls_model("initial-exec")));
/* Each an address, which has 47 bits, and above it the end of `runs`: what is thread-local is taken
 * from the thread's stack, which may be as small as can be. */
static __thread uint64_t passed[PASSED] __attribute__((tls_model("initial-exec")));

/* How many initialisers have begun.  With each, what threads remember is out of date: it may run
 * for a new object where an old one was. */
static uint64_t runs;

static inline uint64_t *passed_place(const void *address) {
    return &passed[((uintptr_t)address >> 2 ^ (uintptr_t)address >> 8) % PASSED];
}

static inline uint64_t passed_now(const void *address) {
    return (uintptr_t)address | __atomic_load_n(&runs, __ATOMIC_ACQUIRE) << 47;
}

static inline bool was_passed(const void *address) {
    return *passed_place(address) == passed_now(address);
}

static void record(enum tc_event_code code, struct tc_ref object, uint32_t stack) {
    struct tc_thread *self = tc_enter();
    if (!self)
        return;
    tc_event(self, code, object, stack, 0, 0);
    tc_leave(self);
}

/* A finished initialisation was met. */
static void pass(struct tc_thread *self, const void *address, struct tc_ref object,
                 uint32_t stack) {
    *passed_place(address) = passed_now(address);
    if (object.id)
        tc_event(self, TC_EV_WAIT_PASSED, object, stack, 0, 0);
}

static void run_unwound(struct tc_frame *frame) {
    struct run *run = (struct run *)frame;
    current = run->outer;
    record(TC_EV_RELEASE, run->object, run->stack);
}

static void run_routine(void) {
    struct run *run = current;
    run->ran = true;
    run->frame.unwound = run_unwound;
    __atomic_add_fetch(&runs, 1, __ATOMIC_RELEASE);
    record(TC_EV_ACQUIRE, run->object, run->stack);
    tc_guarded_call(&run->frame, (void *)run->routine, 0, 0, 0, 0);
    record(TC_EV_RELEASE, run->object, run->stack);
}

/* The slow way: this thread runs the initialiser, or waits for another that does. */
static int once(void *address, bool running, void (*routine)(void), void *function,
                struct tc_ref object, uint32_t stack) {
    struct run run = {.outer = current, .routine = routine, .object = object, .stack = stack};
    struct tc_blocking call = {.object = object, .stack = stack, .request = TC_EV_REQUEST};
    current = &run;
    int result;
    if (running)
        result = (int)tc_blocking_call(&call, function, (long)address, (long)run_routine, 0, 0);
    else
        result = ((int (*)(void *, void (*)(void)))function)(address, run_routine);
    current = run.outer;
    struct tc_thread *self = run.ran ? NULL : tc_enter();
    if (self) {
        pass(self, address, object, stack);
        tc_leave(self);
    }
    return result;
}

static bool is_done(const void *address) {
    return __atomic_load_n((const unsigned *)address, __ATOMIC_ACQUIRE) & ONCE_DONE;
}

/* What was done before recording began is in no table, and there is nothing to tell. */
static void pass_done(struct tc_thread *self, const void *address, struct tc_site site) {
    struct tc_ref object = tc_object_find(address, TC_OBJECT_ONCE);
    pass(self, address, object, object.id ? tc_stack(self, site) : 0);
}

#define ONCE(name, address, routine)                                                               \
    do {                                                                                           \
        bool done = is_done(address);                                                              \
        struct tc_thread *self = done && was_passed(address) ? NULL : tc_enter();                  \
        if (!self)                                                                                 \
            break;                                                                                 \
        if (done) {                                                                                \
            pass_done(self, address, TC_SITE());                                                   \
            tc_leave(self);                                                                        \
            break;                                                                                 \
        }                                                                                          \
        uint32_t stack = tc_stack(self, TC_SITE());                                                \
        struct tc_ref object = tc_object_ref(self, address, TC_OBJECT_ONCE, stack);                \
        bool running = *(const volatile unsigned *)(address)&ONCE_RUNNING;                         \
        if (tc_held_count(self, object.id))                                                        \
            tc_materialise(self);                                                                  \
        tc_leave(self);                                                                            \
        return RETURN(once(address, running, routine, (void *)tc_real.name, object, stack));       \
    } while (0)

#define RETURN(value) value
TC_EXPORT int pthread_once(pthread_once_t *control, void (*routine)(void)) {
    ONCE(pthread_once, control, routine);
    return TC_REAL(pthread_once)(control, routine);
}
#undef RETURN

#define RETURN(value) (void)(value)
TC_EXPORT void call_once(once_flag *flag, void (*routine)(void)) {
    ONCE(call_once, flag, routine);
    TC_REAL(call_once)(flag, routine);
}
