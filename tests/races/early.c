// expect: data-race
// A thread that is created before any constructor runs races with main.
#include "race.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int begun;
static long value;
static pthread_t thread;

__attribute__((noinline)) static void add(void) {
    value++;
    SHARED(&value);
}

static void *early(void *unused) {
    pthread_mutex_lock(&mutex);
    while (!begun)
        pthread_cond_wait(&wanted, &mutex);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 3; i++)
        add();
    return unused;
}

__attribute__((no_sanitize("thread"))) static void before_constructors(void) {
    pthread_create(&thread, NULL, early, NULL);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = before_constructors;

int main(void) {
    pthread_mutex_lock(&mutex);
    begun = 1;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&mutex);
    later();
    add();
    finish(thread);
    return 0;
}
