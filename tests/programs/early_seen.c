// expect: cond-wait-unlocked
// A thread that is created before any constructor runs is known from its start: what it does not
// hold is known, too.
#include "program.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int begun;

static void *early(void *unused) {
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
        pause_ms(1);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    pthread_cond_timedwait(&wanted, &mutex, &soon);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static pthread_t thread;

static void before_constructors(void) {
    pthread_create(&thread, NULL, early, NULL);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = before_constructors;

int main(void) {
    __atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    return 0;
}
