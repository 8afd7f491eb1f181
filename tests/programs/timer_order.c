// expect: lock-order-inversion
// A timer's thread takes two locks in the opposite order of who set it.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
static pthread_mutex_t conn = PTHREAD_MUTEX_INITIALIZER, wheel = PTHREAD_MUTEX_INITIALIZER;
static sem_t fired;
static volatile int locked; /* in time, but ordered by nothing that counts */
static void expire(union sigval v) {
    (void)v;
    while (!locked)
        usleep(1000);
    pthread_mutex_lock(&wheel);
    pthread_mutex_lock(&conn);
    pthread_mutex_unlock(&conn);
    pthread_mutex_unlock(&wheel);
    sem_post(&fired);
}
int main(void) {
    sem_init(&fired, 0, 0);
    struct sigevent e = {.sigev_notify = SIGEV_THREAD};
    e.sigev_notify_function = expire;
    timer_t id;
    timer_create(CLOCK_MONOTONIC, &e, &id);
    struct itimerspec its = {.it_value = {0, 1000000}};
    timer_settime(id, 0, &its, 0);
    pthread_mutex_lock(&conn);
    pthread_mutex_lock(&wheel);
    pthread_mutex_unlock(&wheel);
    pthread_mutex_unlock(&conn);
    locked = 1;
    while (sem_wait(&fired))
        ;
    timer_delete(id);
    return 0;
}
