// expect: none
// lost: yes
// Signal handlers interrupt lock operations and each other, and use only what POSIX allows there.
#include "program.h"
#include <signal.h>
#include <sys/time.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sem_t events;
volatile sig_atomic_t nested;

void inner(int number) {
    (void)number;
    sem_post(&events);
    nested++;
}

void outer(int number) {
    int saved = errno;
    (void)number;
    raise(SIGUSR2);
    sem_post(&events);
    errno = saved;
}

void *work(void *unused) {
    for (int i = 0; i < 200000 || !nested; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = inner, .sa_flags = SA_RESTART};
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    sem_init(&events, 0, 0);
    sigaction(SIGUSR2, &action, NULL);
    action.sa_handler = outer;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    setitimer(ITIMER_REAL, &never, NULL);
    puts(nested ? "interrupted" : "not interrupted");
    return 0;
}
