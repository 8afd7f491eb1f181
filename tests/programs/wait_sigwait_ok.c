// expect: none
// A thread in sigwait wakes the others; another process sends the signal.
#include "program.h"
#include <signal.h>
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
bool stop;
sigset_t signals;

void *signal_thread(void *unused) {
    int number;
    MUST(sigwait(&signals, &number) == 0 && number == SIGUSR1);
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    pthread_t thread = start(signal_thread, NULL);
    pid_t child = fork();
    if (!child) {
        pause_ms(1300);
        _exit(kill(getppid(), SIGUSR1));
    }
    pthread_mutex_lock(&lock);
    while (!stop)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    finish(thread);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}
