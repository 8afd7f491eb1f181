// expect: data-race
// More threads than a granule has places update one counter, each under another lock: what is told
// of each side must be its own access, not what another thread read at that moment.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum { THREADS = 6, LOCKS = 256, TURNS = 6000 };

static struct {
    pthread_mutex_t mutex;
    char apart[24];
} some[LOCKS], *locks = some;
static unsigned counter __attribute__((aligned(64)));

static void *run(void *arg) {
    unsigned seed = (unsigned)(uintptr_t)arg * 7919;
    for (int i = 0; i < TURNS; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned at = (seed >> 16) % LOCKS;
        pthread_mutex_lock(&locks[at].mutex);
        counter++; // raced
        pthread_mutex_unlock(&locks[at].mutex);
    }
    return NULL;
}

int main(void) {
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&locks[i].mutex, NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, run, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    puts("done");
    return 0;
}
