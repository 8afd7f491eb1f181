// expect: none
// Functions that libc has in several versions: a program gets the newest, whatever it was linked
// with.  Only that version of realpath allocates, of pthread_kill knows threads that ended, and of
// posix_spawn refuses a script without an interpreter.
#include <fcntl.h>
#include <glob.h>
#include <regex.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>

#include "race.h"

void *nothing(void *unused) {
    return unused;
}

int main(void) {
    char *path = realpath("/proc/self/..", NULL);
    printf("%s\n", path ? path : "no path");
    free(path);

    char text[8] = "", name[] = "libc_versions_XXXXXX";
    FILE *file = fmemopen(text, sizeof text, "w");
    MUST(file && fputs("four", file) >= 0 && fclose(file) == 0);
    printf("%s\n", text);

    pthread_t thread = start(nothing, NULL);
    pause_ms(100);
    printf("%d\n", pthread_kill(thread, 0));
    finish(thread);

    int fd = mkstemp(name);
    MUST(fd >= 0 && write(fd, "exit 0\n", 7) == 7 && fchmod(fd, 0700) == 0 && close(fd) == 0);
    char *arguments[] = {name, NULL};
    pid_t child;
    printf("%d\n", posix_spawn(&child, name, NULL, NULL, arguments, NULL) == ENOEXEC);
    unlink(name);

    regex_t expression;
    regmatch_t match = {2, 6};
    MUST(regcomp(&expression, "^b", 0) == 0);
    printf("%d\n", regexec(&expression, "aabbcc", 1, &match, REG_STARTEND));
    regfree(&expression);

    char from[64] = "copied", to[64];
    memcpy(to, from, strlen(from) + 1);
    printf("%s\n", to);
    return 0;
}
