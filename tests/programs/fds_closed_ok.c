// expect: none
// exit: 7
// The program closes every file descriptor it can find, as daemons and shells do, and locks on.
#include "program.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void) {
    run(work, NULL);
    puts("closing");
    fflush(stdout);
    for (int fd = 3; fd < 4096; fd++)
        close(fd);
    int fresh = open("/dev/null", O_RDWR);
    MUST(fresh == 3);
    run(work, NULL);
    struct stat before, after;
    MUST(fstat(fresh, &before) == 0);
    run(work, NULL);
    MUST(fstat(fresh, &after) == 0 && before.st_ino == after.st_ino);
    return 7;
}
