// expect: none
// Threads that are created before any constructor runs are known from their start: one holds a
// mutex since then, the others are a pool.  They find the environment and errno as ever.
#include "program.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int work, done, holds;

static void *early(void *unused) {
    pthread_mutex_lock(&held);
    __atomic_store_n(&holds, 1, __ATOMIC_RELEASE);
    pthread_mutex_lock(&mutex);
    while (!work)
        pthread_cond_wait(&wanted, &mutex);
    done++;
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&held);
    return unused;
}

static void *pool(void *unused) {
    pthread_mutex_lock(&mutex);
    while (!work)
        pthread_cond_wait(&wanted, &mutex);
    done++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static pthread_t threads[4];
static int found;

static void before_constructors(void) {
    errno = 77;
    pthread_create(&threads[0], NULL, early, NULL);
    for (int i = 1; i < 4; i++)
        pthread_create(&threads[i], NULL, pool, NULL);
    found = errno;
    while (!__atomic_load_n(&holds, __ATOMIC_ACQUIRE))
        pause_ms(1);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = before_constructors;

int main(void) {
    pthread_mutex_lock(&mutex);
    work = 1;
    pthread_cond_broadcast(&wanted);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("%d %d %s\n", done, found, getenv("HOME") ? "home" : "none");
    return 0;
}
