// expect: none
// Main polls for the end of a thread and then reads what it wrote.
#include "race.h"

int result;

void *work(void *unused) {
    pause_ms(5);
    result = 5;
    return unused;
}

int main(void) {
    pthread_t thread = start(work, NULL);
    while (pthread_tryjoin_np(thread, NULL) == EBUSY)
        pause_ms(1);
    printf("%d\n", result);
    return 0;
}
