// expect: none
// tsan: crash
// why: its runtime does not know a thread that is not created by way of it
// Threads that are created before any constructor runs, one of them by libc's function itself, hand
// over to main and back: by a mutex, by an atomic flag in the loop that they were in before their
// code was watched, and by a pipe.
#include <dlfcn.h>

#include "race.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int begun, flag, ends[2];
static long value, other, third;
static pthread_t seen, unseen;

__attribute__((noinline)) static void add(long *to) {
    ++*to;
    SHARED(to);
}

static void *by_mutex(void *unused) {
    pthread_mutex_lock(&mutex);
    while (!begun)
        pthread_cond_wait(&wanted, &mutex);
    add(&value);
    pthread_mutex_unlock(&mutex);
    char byte = 'x';
    add(&third);
    MUST(write(ends[1], &byte, 1) == 1);
    return unused;
}

static void *by_flag(void *unused) {
    for (;;) {
        pause_ms(20);
        if (__atomic_fetch_add(&flag, 0, __ATOMIC_ACQ_REL) == 1)
            break;
    }
    add(&other);
    __atomic_fetch_add(&flag, 1, __ATOMIC_ACQ_REL);
    return unused;
}

__attribute__((no_sanitize("thread"))) static void before_constructors(void) {
    MUST(pipe(ends) == 0);
    pthread_create(&seen, NULL, by_mutex, NULL);
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&create = dlsym(libc, "pthread_create");
    create(&unseen, NULL, by_flag, NULL);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = before_constructors;

int main(void) {
    add(&other);
    __atomic_fetch_add(&flag, 1, __ATOMIC_ACQ_REL);
    pthread_mutex_lock(&mutex);
    add(&value);
    begun = 1;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&mutex);
    char byte;
    MUST(read(ends[0], &byte, 1) == 1);
    add(&third);
    while (__atomic_fetch_add(&flag, 0, __ATOMIC_ACQ_REL) != 2)
        pause_ms(1);
    add(&other);
    finish(seen);
    finish(unseen);
    printf("%ld %ld %ld\n", value, other, third);
    return 0;
}
