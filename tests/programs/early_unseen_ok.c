// expect: none
// A thread that is there before any constructor runs, made by libc's function itself, holds a mutex
// since then: it waits on a condition with it and gives it back when that is watched.
#include <dlfcn.h>

#include "program.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int holds, begun, work;

static void *early(void *unused) {
    pthread_mutex_lock(&other);
    pthread_mutex_lock(&mutex);
    __atomic_store_n(&holds, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&begun, __ATOMIC_ACQUIRE))
        pause_ms(1);
    while (!work)
        pthread_cond_wait(&wanted, &mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&other);
    return unused;
}

static pthread_t thread;

static void before_constructors(void) {
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&create = dlsym(libc, "pthread_create");
    create(&thread, NULL, early, NULL);
    while (!__atomic_load_n(&holds, __ATOMIC_ACQUIRE))
        pause_ms(1);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = before_constructors;

int main(void) {
    __atomic_store_n(&begun, 1, __ATOMIC_RELEASE);
    pause_ms(30);
    pthread_mutex_lock(&mutex);
    work = 1;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    pthread_mutex_lock(&other);
    pthread_mutex_unlock(&other);
    printf("%d\n", work);
    return 0;
}
