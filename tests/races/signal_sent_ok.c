// expect: none
// tsan: data-race
// why: it knows nothing of what a signal orders
// What a thread did before it sent a signal, installed a handler, or set a timer is known to the
// handler, and to who waits for the signal: all in threads that nothing else orders.
#include <signal.h>
#include <sys/time.h>

#include "race.h"

long sent, installed, timed, awaited;
long seen[4];
volatile sig_atomic_t handled;

static void on_sent(int number) {
    seen[0] = sent;
    handled |= 1 << number;
}

static void on_installed(int number) {
    seen[1] = installed;
    handled |= 1 << number;
}

static void on_timer(int number) {
    seen[2] = timed;
    handled |= 1 << number;
}

static void until_handled(int number) {
    while (!(handled & 1 << number))
        pause_ms(1);
}

/* Signals for the process arrive here. */
void *receiver(void *unused) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    until_handled(SIGUSR1);
    until_handled(SIGUSR2);
    until_handled(SIGALRM);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    int number;
    MUST(sigwait(&set, &number) == 0);
    seen[3] = awaited;
    return unused;
}

int main(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    struct sigaction act = {.sa_handler = on_sent};
    sigaction(SIGUSR1, &act, NULL);
    signal(SIGALRM, on_timer);
    pthread_t thread = start(receiver, NULL);
    sent = 1;
    pthread_kill(thread, SIGUSR1);
    later();
    installed = 2;
    act.sa_handler = on_installed;
    sigaction(SIGUSR2, &act, NULL);
    MUST(kill(getpid(), SIGUSR2) == 0);
    later();
    timed = 3;
    struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    later();
    awaited = 4;
    pthread_kill(thread, SIGRTMIN);
    finish(thread);
    printf("%ld %ld %ld %ld\n", seen[0], seen[1], seen[2], seen[3]);
    return 0;
}
