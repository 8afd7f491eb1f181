/* The older layout of pthread_cond_t, as programs from before glibc 2.3.2 bind to it. */
#include <string.h>

#include "show.h"

#define OLD(name)                                                                                  \
    extern __typeof__(name) old_##name;                                                            \
    __asm__(".symver old_" #name ", " #name "@GLIBC_2.2.5")
OLD(pthread_cond_init);
OLD(pthread_cond_destroy);
OLD(pthread_cond_wait);
OLD(pthread_cond_timedwait);
OLD(pthread_cond_signal);
OLD(pthread_cond_broadcast);

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
/* Only the first word is the old object; the rest must stay as it is. */
static union {
    pthread_cond_t cond;
    unsigned char bytes[sizeof(pthread_cond_t)];
} c;
static int go;

static void *wake(void *arg) {
    pthread_mutex_lock(&m);
    go = 1;
    old_pthread_cond_signal(&c.cond);
    old_pthread_cond_broadcast(&c.cond);
    pthread_mutex_unlock(&m);
    return arg;
}

int main(void) {
    memset(&c, 0x55, sizeof c);
    SHOW(old_pthread_cond_init(&c.cond, NULL));
    pthread_t thread;
    pthread_mutex_lock(&m);
    pthread_create(&thread, NULL, wake, NULL);
    int result = 0;
    while (!go)
        result |= old_pthread_cond_wait(&c.cond, &m);
    SHOW(result);
    pthread_join(thread, NULL);
    struct timespec past = {1, 0}, broken = {1, 1000000000};
    SHOW(old_pthread_cond_timedwait(&c.cond, &m, &past));
    SHOW(old_pthread_cond_timedwait(&c.cond, &m, &broken));
    pthread_mutex_unlock(&m);
    SHOW(old_pthread_cond_destroy(&c.cond));
    int kept = 0;
    for (unsigned i = sizeof(void *); i < sizeof c; i++)
        kept += c.bytes[i] == 0x55;
    printf("bytes kept %d\n", kept);
    return 5;
}
