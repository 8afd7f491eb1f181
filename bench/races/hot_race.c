/* hot_race.c: a counter without a lock, counted up as often as the arguments say, for ever; what
 * else the threads do is to compute on memory of their own.
 *
 * usage: hot_race THREADS NANOSECONDS-BETWEEN
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long counter;
static double apart;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void *count(void *unused) {
    unsigned long *own = calloc(4096, sizeof *own), at = (unsigned long)own;
    for (double due = now();;) {
        counter++;
        for (due += apart; apart > 0 && now() < due;)
            for (int i = 0; i < 20; i++) {
                at = at * 6364136223846793005ul + 1442695040888963407ul;
                own[at >> 52] += at;
            }
        __asm__ volatile("" ::: "memory");
    }
    return unused;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 2;
    pthread_t thread;
    apart = argc > 2 ? atof(argv[2]) : 0;
    for (int i = 1; i < threads; i++)
        if (pthread_create(&thread, NULL, count, NULL))
            return 9;
    count(NULL);
    return 0;
}
