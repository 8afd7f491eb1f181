// expect: none
// New files get the lowest free descriptors, as without the tool: 3, 4, 5.
#include "program.h"
#include <fcntl.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    for (int fd = 3; fd < 6; fd++) {
        int got = open("/dev/null", O_RDONLY);
        printf("%d\n", got - fd);
        run(work, NULL);
    }
    return 0;
}
