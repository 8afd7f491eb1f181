// expect: none
// exit: 3
// One thread, well-behaved, leaves its status as it is.
#include "program.h"

int main(void) {
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_destroy(&lock);
    return 3;
}
