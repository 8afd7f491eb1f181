// expect: none
// The child of a fork initialises the lock anew instead of unlocking it, as interpreters do.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock;

void before(void) {
    pthread_mutex_lock(&lock);
}
void in_parent(void) {
    pthread_mutex_unlock(&lock);
}
void in_child(void) {
    pthread_mutex_init(&lock, NULL);
}

void *worker(void *unused) {
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
        pause_ms(1);
    }
    return unused;
}

int main(void) {
    pthread_mutex_init(&lock, NULL);
    pthread_atfork(before, in_parent, in_child);
    pthread_t thread = start(worker, NULL);
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (!child) {
            run(worker, NULL);
            _exit(4);
        }
        int status;
        MUST(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
    }
    finish(thread);
    return 0;
}
