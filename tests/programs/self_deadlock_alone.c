// expect: self-deadlock (hang)
// The only thread of the process relocks its mutex.
#include "program.h"

int main(void) {
    pthread_mutex_t lock;
    alarm(20);
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock);
    return 0;
}
