// expect: none
// The program goes into the background as daemons do; its parent leaves at once.
#include "program.h"
#include <fcntl.h>
#include <sys/wait.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    int ends[2];
    char byte = 0;
    MUST(pipe(ends) == 0);
    run(work, NULL);
    if (fork()) {
        MUST(read(ends[0], &byte, 1) == 1);
        _exit(0);
    }
    setsid();
    if (fork())
        _exit(0);
    MUST(chdir("/") == 0);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    open("/dev/null", O_RDWR);
    MUST(dup(0) == 1 && dup(0) == 2);
    run(work, NULL);
    return write(ends[1], "x", 1) != 1;
}
