// expect: data-race
// Readers hold one lock and writers another.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_mutex_t read_lock = PTHREAD_MUTEX_INITIALIZER,
                       write_lock = PTHREAD_MUTEX_INITIALIZER;
static long table[64];
static void *reader(void *x) {
    long s = 0;
    for (int i = 0; i < 64; i++) {
        pthread_mutex_lock(&read_lock);
        s += table[i];
        pthread_mutex_unlock(&read_lock);
    }
    return s == 12345 ? 0 : x;
}
static void *writer(void *x) {
    usleep(20000);
    for (int i = 0; i < 64; i++) {
        pthread_mutex_lock(&write_lock);
        table[i] += i;
        pthread_mutex_unlock(&write_lock);
    }
    return x;
}
int main(void) {
    pthread_t a, b;
    pthread_create(&a, 0, reader, 0);
    pthread_create(&b, 0, writer, 0);
    pthread_join(a, 0);
    pthread_join(b, 0);
    puts("x");
    return 0;
}
