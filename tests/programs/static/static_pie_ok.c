// expect: none
// nothing: yes
// exit: 4
// Linked statically: the tool cannot be there, and nothing happens.
#include "../program.h"

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *work(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void) {
    run(work, NULL);
    puts("static");
    return 4;
}
