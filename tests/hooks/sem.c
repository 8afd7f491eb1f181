/* Semaphores: values, limits, signals and cancellation in waits, names. */
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "show.h"

static sem_t s;
static const struct timespec past = {1, 0}, broken = {1, 1000000000};

static void on_alarm(int number) {
    (void)number;
}

/* Alarms until one finds it waiting. */
static int wait_under_alarms(int way) {
    struct timespec far = from_now(CLOCK_REALTIME, 100000);
    ualarm(20000, 20000);
    int result = way == 0   ? sem_wait(&s)
                 : way == 1 ? sem_timedwait(&s, &far)
                            : sem_clockwait(&s, CLOCK_REALTIME, &far);
    int error = errno;
    ualarm(0, 0);
    errno = error;
    return result;
}

static void interrupted(void) {
    struct sigaction act = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &act, NULL);
    for (int way = 0; way < 3; way++)
        SHOW(wait_under_alarms(way));
}

static long cleaned;

static void at_cancel(void *arg) {
    cleaned = (long)arg;
}

static void *wait_here(void *arg) {
    struct timespec far = from_now(CLOCK_REALTIME, 100000);
    pthread_cleanup_push(at_cancel, arg);
    if (arg == (void *)0)
        sem_wait(&s);
    else if (arg == (void *)1)
        sem_timedwait(&s, &far);
    else
        sem_clockwait(&s, CLOCK_REALTIME, &far);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *pending(void *arg) {
    /* A unit is there, and still the pending request acts: the unit stays. */
    pthread_cancel(pthread_self());
    if (arg)
        sem_timedwait(&s, &past);
    else
        sem_wait(&s);
    printf("not reached\n");
    return NULL;
}

static void cancel(void) {
    for (long way = 0; way < 3; way++) {
        pthread_t thread;
        void *result;
        pthread_create(&thread, NULL, wait_here, (void *)way);
        usleep(10000);
        SHOW(pthread_cancel(thread));
        SHOW(pthread_join(thread, &result));
        printf("cancelled %d, cleanup %ld\n", result == PTHREAD_CANCELED, cleaned);
    }
    int value;
    sem_post(&s);
    for (int i = 0; i < 2; i++) {
        printf("cancelled %d\n", in_thread(pending, i ? &s : NULL) == PTHREAD_CANCELED);
        sem_getvalue(&s, &value);
        printf("value %d\n", value);
    }
    sem_wait(&s);
}

static void named(void) {
    char name[64];
    int value;
    snprintf(name, sizeof name, "/threadcheck-hooks-%d", (int)getpid());
    SHOW(sem_open(name, 0) == SEM_FAILED);
    sem_t *first = sem_open(name, O_CREAT | O_EXCL, 0600, 3);
    sem_t *second = sem_open(name, 0);
    SHOW(first == second);
    SHOW(sem_open(name, O_CREAT | O_EXCL, 0600, 3) == SEM_FAILED);
    SHOW(sem_wait(first));
    sem_getvalue(second, &value);
    printf("value %d\n", value);
    SHOW(sem_close(first));
    SHOW(sem_wait(second));
    SHOW(sem_unlink(name));
    SHOW(sem_close(second));
    SHOW(sem_unlink("/threadcheck-no-such-name") == -1);
}

int main(void) {
    SHOW(sem_init(&s, 0, (unsigned)SEM_VALUE_MAX + 1));
    SHOW(sem_init(&s, 0, 1));
    SHOW(sem_timedwait(&s, &broken));
    SHOW(sem_clockwait(&s, CLOCK_PROCESS_CPUTIME_ID, &past));
    SHOW(sem_wait(&s));
    SHOW(sem_trywait(&s));
    SHOW(sem_timedwait(&s, &past));
    SHOW(sem_clockwait(&s, CLOCK_MONOTONIC, &past));
    SHOW(sem_post(&s));
    SHOW(sem_trywait(&s));
    interrupted();
    cancel();
    SHOW(sem_destroy(&s));
    SHOW(sem_init(&s, 0, SEM_VALUE_MAX));
    SHOW(sem_post(&s));
    SHOW(sem_wait(&s));
    SHOW(sem_post(&s));
    SHOW(sem_destroy(&s));
    named();
    return 5;
}
