// expect: none
// Signals come to a thread that locks and unlocks, and others to their handler, which runs on a
// stack within the thread's own: what was interrupted goes on.
#include "program.h"

#include <signal.h>
#include <stdatomic.h>

#define SIGNALS 500
#define STACK   (64 << 10)

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static atomic_int handled, all_sent;

static void within(int number) {
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void handler(int number) {
    (void)number;
    raise(SIGUSR2);
}

static void *work(void *unused) {
    char here[STACK];
    stack_t stack = {.ss_sp = here, .ss_size = sizeof here};
    MUST(sigaltstack(&stack, NULL) == 0);
    while (!atomic_load(&all_sent)) {
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
    }
    stack.ss_flags = SS_DISABLE;
    MUST(sigaltstack(&stack, NULL) == 0);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    MUST(sigaction(SIGUSR1, &action, NULL) == 0);
    action.sa_handler = within;
    MUST(sigaction(SIGUSR2, &action, NULL) == 0);
    pthread_t thread = start(work, NULL);
    for (int i = 0; i < SIGNALS; i++) {
        pthread_kill(thread, SIGUSR1);
        while (atomic_load(&handled) <= i)
            sched_yield();
    }
    atomic_store(&all_sent, 1);
    pthread_join(thread, NULL);
    puts("all were handled");
    return 0;
}
