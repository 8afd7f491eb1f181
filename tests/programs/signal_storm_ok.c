// expect: none
// Signals come one after the other to a thread that does nothing but lock and unlock, so that many
// of their handlers begin in the midst of the recording of it. They do nothing that is recorded, so
// nothing is lost.
#include "program.h"

#include <signal.h>
#include <stdatomic.h>

#define SIGNALS 500

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static atomic_int handled, all_sent;

static void handler(int number) {
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void *work(void *unused) {
    while (!atomic_load(&all_sent)) {
        pthread_mutex_lock(&outer);
        pthread_mutex_lock(&inner);
        pthread_mutex_unlock(&inner);
        pthread_mutex_unlock(&outer);
    }
    return unused;
}

int main(void) {
    signal(SIGUSR1, handler);
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
