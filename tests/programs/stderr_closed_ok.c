// expect: none
// The program closes its standard error and opens a file of its own, which becomes descriptor 2:
// nothing of the tool may go there.
#include "program.h"
#include <fcntl.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    char name[] = "/tmp/tc-stderr-XXXXXX", byte;
    close(2);
    MUST(mkstemp(name) == 2);
    unlink(name);
    run(work, NULL);
    MUST(lseek(2, 0, SEEK_SET) == 0 && read(2, &byte, 1) == 0);
    return 0;
}
