// expect: none
// Threads on the smallest stacks that POSIX allows, with every kind of wait; signal handlers on a
// small alternate stack.
#include "program.h"
#include <limits.h>
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
pthread_barrier_t barrier;
pthread_once_t once = PTHREAD_ONCE_INIT;
sem_t sem;
int arrived;

void setup(void) {
    sem_post(&sem);
}
void on_signal(int number) {
    (void)number;
    sem_post(&sem);
}

void *work(void *unused) {
    static __thread char alternate[16384];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct timespec limit = in_ms(CLOCK_REALTIME, 60000);
    pthread_barrier_wait(&barrier);
    pthread_once(&once, setup);
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_rdlock(&rwlock);
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        pthread_rwlock_unlock(&rwlock);
    }
    sigaltstack(&stack, NULL);
    raise(SIGUSR1);
    sem_wait(&sem);
    pthread_mutex_lock(&lock);
    arrived++;
    pthread_cond_broadcast(&changed);
    while (arrived < 4)
        MUST(pthread_cond_timedwait(&changed, &lock, &limit) == 0);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    pthread_attr_t small;
    pthread_t threads[4];
    sigaction(SIGUSR1, &action, NULL);
    sem_init(&sem, 0, 0);
    pthread_barrier_init(&barrier, NULL, 4);
    pthread_attr_init(&small);
    MUST(pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN + 16384) == 0);
    for (int i = 0; i < 4; i++)
        MUST(pthread_create(&threads[i], &small, work, NULL) == 0);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    puts("enough");
    return 0;
}
