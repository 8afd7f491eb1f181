/* fork, exec in all forms, the exits, vfork. */
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "show.h"

extern char **environ;
static const char *self;

static void status_of(const char *what, pid_t child) {
    int status;
    waitpid(child, &status, 0);
    printf("%s: signalled %d, status %d\n", what, WIFSIGNALED(status), WEXITSTATUS(status));
    fflush(stdout);
}

static int forks, children;
static void before(void) {
    forks++;
}
static void in_parent(void) {
    forks += 100;
}
static void in_child(void) {
    children++;
}

static void quick(void) {
    write(1, "at quick exit\n", 14);
}
static void slow(void) {
    write(1, "at exit\n", 8);
}

static void run_exec(int way) {
    char *const argv[] = {(char *)self, "said", "by exec", NULL};
    char *const env[] = {"SAID=in the environment", NULL};
    switch (way) {
    case 0:
        execv(self, argv);
        break;
    case 1:
        execve(self, argv, env);
        break;
    case 2:
        execvp(self, argv);
        break;
    case 3:
        execvpe(self, argv, env);
        break;
    case 4:
        execl(self, self, "said", "by", "execl", (char *)NULL);
        break;
    case 5:
        execlp(self, self, "said", (char *)NULL);
        break;
    case 6:
        execle(self, self, "said", "with", "env", (char *)NULL, env);
        break;
    case 7:
        fexecve(open(self, O_RDONLY | O_CLOEXEC), argv, env);
        break;
    case 8:
        execveat(AT_FDCWD, self, argv, env, 0);
        break;
    case 9:
        SHOW(execv("/no/such/program", argv));
        SHOW(execlp("no-such-program-at-all", "x", (char *)NULL));
        SHOW(execl("/", "x", (char *)NULL));
        exit(way);
    }
    _exit(99);
}

int main(int argc, char **argv) {
    self = argv[0];
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            printf("%s ", argv[i]);
        printf("(%s)\n", getenv("SAID") ? getenv("SAID") : "-");
        return argc + 10;
    }
    pid_t child;
    pthread_atfork(before, in_parent, in_child);
    for (int way = 0; way < 10; way++) {
        fflush(stdout);
        if ((child = fork()) == 0)
            run_exec(way);
        status_of("exec", child);
    }
    at_quick_exit(quick);
    atexit(slow);
    for (int way = 0; way < 5; way++) {
        if ((child = fork()) == 0) {
            if (way == 0)
                _exit(20 + children);
            if (way == 1)
                _Exit(21);
            if (way == 2)
                quick_exit(22);
            if (way == 3)
                exit(23);
            abort();
        }
        status_of("exit", child);
    }
    if ((child = vfork()) == 0)
        _exit(31);
    status_of("vfork", child);
    if ((child = vfork()) == 0) {
        execl(self, self, "after vfork", (char *)NULL);
        _exit(99);
    }
    status_of("vfork and exec", child);
    if ((child = vfork()) == 0) {
        execl("/no/such/program", self, (char *)NULL);
        _exit(32);
    }
    status_of("vfork and no exec", child);
    char *const said[] = {(char *)self, "spawned", NULL};
    SHOW(posix_spawn(&child, self, NULL, NULL, said, environ));
    status_of("posix_spawn", child);
    SHOW(posix_spawn(&child, "/no/such/program", NULL, NULL, said, environ));
    SHOW(WEXITSTATUS(system("exit 7")));
    FILE *pipe = popen("echo from a pipe", "r");
    char line[64];
    printf("%s", fgets(line, sizeof line, pipe));
    SHOW(pclose(pipe));
    if ((child = _Fork()) == 0)
        _exit(41);
    status_of("_Fork", child);
    SHOW(forks);
    return 5;
}
