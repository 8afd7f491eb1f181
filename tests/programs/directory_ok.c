// expect: none
// Its working directory is removed under the program; it drops to another user.
#include "program.h"
#include <sys/stat.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    char name[] = "/tmp/tc-directory-XXXXXX";
    run(work, NULL);
    MUST(mkdtemp(name) && chdir(name) == 0 && rmdir(name) == 0);
    if (getuid() == 0)
        MUST(setgid(65534) == 0 && setuid(65534) == 0);
    umask(0);
    clearenv();
    run(work, NULL);
    run(work, NULL);
    puts("alive");
    return 0;
}
