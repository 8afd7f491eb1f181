// expect: none
// The mask is back after a handler, after a jump out of one, and inside of one after another.
#include "program.h"
#include <setjmp.h>
#include <signal.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
sigjmp_buf place;
int seen;

void locks(int number) {
    (void)number;
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
}

void nests(int number) { /* its sa_mask has SIGUSR1, whose handler locks */
    (void)number;
    raise(SIGHUP);
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
}

void nothing(int number) {
    (void)number;
}

void jumps(int number) {
    (void)number;
    siglongjmp(place, 1);
}

void *work(void *unused) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    raise(SIGHUP);
    if (sigsetjmp(place, 1) == 0)
        raise(SIGTERM);
    pthread_mutex_lock(&lock);
    seen++;
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_handler = locks};
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_handler = nests;
    sigaddset(&action.sa_mask, SIGUSR1);
    sigaction(SIGUSR2, &action, NULL);
    signal(SIGHUP, nothing);
    signal(SIGTERM, jumps);
    run(work, NULL);
    printf("%d\n", seen);
    return 0;
}
