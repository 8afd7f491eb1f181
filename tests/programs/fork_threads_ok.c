// expect: none
// Threads fork, children start threads of their own, fork again, exec, exit by every way.
#include "program.h"
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter;

void *count(void *unused) {
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int reap(pid_t pid) {
    int status;
    MUST(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

int main(void) {
    run(count, NULL);
    pid_t child = fork();
    if (!child) {
        pthread_t first = start(count, NULL), second = start(count, NULL);
        finish(first);
        finish(second);
        pid_t grandchild = fork();
        if (!grandchild) {
            run(count, NULL);
            _exit(counter == 400 ? 21 : 1);
        }
        MUST(reap(grandchild) == 21);
        exit(22);
    }
    MUST(reap(child) == 22);
    child = fork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", "exit 23", NULL);
        _exit(1);
    }
    MUST(reap(child) == 23);
    child = vfork();
    if (!child) {
        execl("/bin/sh", "sh", "-c", "exit 24", NULL);
        _exit(1);
    }
    MUST(reap(child) == 24);
    child = vfork();
    if (!child)
        _exit(25);
    MUST(reap(child) == 25);
    MUST(WEXITSTATUS(system("exit 26")) == 26);
    FILE *stream = popen("echo piped", "r");
    char line[32] = "";
    MUST(stream && fgets(line, sizeof line, stream));
    pclose(stream);
    printf("%d %s", counter, line);
    return 0;
}
