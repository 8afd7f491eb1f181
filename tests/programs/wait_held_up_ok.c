// expect: none
// Two threads were woken at a barrier and do not come to run for some seconds, as a debugger (a
// process of the program's own) has stopped them; the third waits there again, and main for them.
#include "program.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

pthread_barrier_t gate;
sem_t stopped;
pid_t tids[2];

void *waits(void *number) {
    tids[(long)number] = (pid_t)syscall(SYS_gettid);
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    return NULL;
}

void *passes(void *unused) {
    while (sem_wait(&stopped))
        ;
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
    return unused;
}

static void debug(int done) {
    for (int i = 0; i < 2; i++)
        if (ptrace(PTRACE_SEIZE, tids[i], 0, 0) == 0 &&
            ptrace(PTRACE_INTERRUPT, tids[i], 0, 0) == 0)
            waitpid(tids[i], NULL, __WALL);
    (void)!write(done, "x", 1);
    pause_ms(2500);
    _exit(0); /* which lets them go */
}

int main(void) {
    int done[2];
    char byte;
    MUST(pipe(done) == 0);
    pthread_barrier_init(&gate, NULL, 3);
    sem_init(&stopped, 0, 0);
    pthread_t one = start(waits, (void *)0L), two = start(waits, (void *)1L);
    pthread_t three = start(passes, NULL);
    pause_ms(100); /* they wait, most likely */
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    pid_t debugger = fork();
    if (debugger == 0)
        debug(done[1]);
    MUST(read(done[0], &byte, 1) == 1);
    sem_post(&stopped);
    finish(one);
    finish(two);
    finish(three);
    MUST(waitpid(debugger, NULL, 0) == debugger);
    return 0;
}
