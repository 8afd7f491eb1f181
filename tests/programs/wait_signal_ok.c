// expect: none
// Every thread waits; a timer's signal handler posts the semaphore after 1.3 s.
#include "program.h"
#include <signal.h>
#include <sys/time.h>

sem_t tick;

void on_alarm(int number) {
    (void)number;
    sem_post(&tick);
}

void *waiter(void *unused) {
    while (sem_wait(&tick) != 0)
        MUST(errno == EINTR);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval timer = {.it_value = {1, 300000}};
    sem_init(&tick, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    pthread_t thread = start(waiter, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    finish(thread);
    return 0;
}
