/* switching.c: programs that are hard on --races=sample: threads that do little but switch, many
 * threads, threads that live for a moment.  Each does a fixed amount of work.
 *
 * usage: switching condition|semaphore|pipe N     two threads hand over N times
 *        switching threads THREADS N              each locks, adds and computes N times
 *        switching churn N                        N threads, one after the other
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t turns[2];
static int pipes[2][2];
static int whose;
static long number, counter;

static void *hand_over_by_condition(void *self) {
    for (long i = 0; i < number; i++) {
        pthread_mutex_lock(&lock);
        while (whose != (int)(long)self)
            pthread_cond_wait(&changed, &lock);
        whose = !whose;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *hand_over_by_semaphore(void *self) {
    for (long i = 0, me = (long)self; i < number; i++) {
        sem_wait(&turns[me]);
        sem_post(&turns[!me]);
    }
    return NULL;
}

static void *hand_over_by_pipe(void *self) {
    char byte = 0;
    for (long i = 0, me = (long)self; i < number; i++)
        if (read(pipes[me][0], &byte, 1) != 1 || write(pipes[!me][1], &byte, 1) != 1)
            abort();
    return NULL;
}

static void *compute(void *unused) {
    unsigned long at = 1, own[64] = {0};
    for (long i = 0; i < number; i++) {
        for (int k = 0; k < 2000; k++) {
            at = at * 6364136223846793005ul + 1442695040888963407ul;
            own[at >> 58] += at;
        }
        pthread_mutex_lock(&lock);
        counter += (long)(own[0] & 1);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void *nothing(void *unused) {
    return unused;
}

static void run(long threads, void *(*work)(void *)) {
    pthread_t *all = calloc((size_t)threads, sizeof *all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 << 10);
    for (long i = 0; i < threads; i++)
        if (pthread_create(&all[i], &attributes, work, (void *)i))
            abort();
    for (long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    free(all);
}

int main(int argc, char **argv) {
    const char *what = argc > 2 ? argv[1] : "";
    number = argc > 2 ? atol(argv[argc - 1]) : 0;
    if (!strcmp(what, "condition")) {
        run(2, hand_over_by_condition);
    } else if (!strcmp(what, "semaphore")) {
        sem_init(&turns[0], 0, 1);
        sem_init(&turns[1], 0, 0);
        run(2, hand_over_by_semaphore);
    } else if (!strcmp(what, "pipe")) {
        if (pipe(pipes[0]) || pipe(pipes[1]) || write(pipes[0][1], "", 1) != 1)
            abort();
        run(2, hand_over_by_pipe);
    } else if (!strcmp(what, "threads") && argc > 3) {
        run(atol(argv[2]), compute);
    } else if (!strcmp(what, "churn")) {
        for (long i = 0; i < number; i++)
            run(1, nothing);
    } else {
        fprintf(stderr, "usage: switching condition|semaphore|pipe|churn N | threads THREADS N\n");
        return 2;
    }
    printf("%ld\n", counter);
    return 0;
}
