// expect: deadlock (hang)
// The initialiser joins a thread that waits for the same initialisation.
#include "program.h"

pthread_once_t once = PTHREAD_ONCE_INIT;
void setup(void);

void *helper(void *unused) {
    pthread_once(&once, setup);
    return unused;
}

void setup(void) {
    run(helper, NULL);
}

int main(void) {
    alarm(20);
    pthread_once(&once, setup);
    return 0;
}
