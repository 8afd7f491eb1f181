// expect: none
// A function that was called from deep within many stacks is the first one on the stack of
// a context, right below memory that may not be read.
#ifndef __clang__
#pragma GCC optimize("omit-frame-pointer") /* nothing but return addresses are on the stack */
#endif

#include <alloca.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "race.h"

#define PAGE  4096
#define STACK (16 * PAGE)
#define GUARD (64 * PAGE)

#define STEPS 9
#define WAYS  (1u << STEPS)

static long counters[WAYS + 16];
static int next;
static ucontext_t caller, context;

__attribute__((noinline)) static void count(void) {
    counters[next++]++;
    SHARED(counters);
}

__attribute__((noinline)) static void call_with_large_frame(void) {
    char large[4 * PAGE];
    SHARED(large);
    count();
    SHARED(large);
}

/* Each way has another stack, and each begins elsewhere. */
__attribute__((noinline)) static void call_on_way(unsigned way, unsigned steps) {
    if (!steps)
        call_with_large_frame();
    else if (way & 1)
        call_on_way(way >> 1, steps - 1);
    else {
        call_on_way(way >> 1, steps - 1);
        SHARED(&steps);
    }
    SHARED(&way);
}

__attribute__((noinline)) static void call_in_context(char *stack) {
    getcontext(&context);
    context.uc_stack.ss_sp = stack;
    context.uc_stack.ss_size = STACK;
    context.uc_link = &caller;
    makecontext(&context, count, 0);
    swapcontext(&caller, &context);
}

static void *work(void *stack) {
    for (unsigned way = 0; way < WAYS; way++) {
        char *elsewhere = alloca(16);
        SHARED(elsewhere);
        call_on_way(way, STEPS);
    }
    for (int i = 0; i < 8; i++)
        call_in_context(stack);
    return NULL;
}

int main(void) {
    char *stack = mmap(NULL, STACK + GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack, STACK, PROT_READ | PROT_WRITE);
    finish(start(work, stack));
    printf("%d\n", next);
    return 0;
}
