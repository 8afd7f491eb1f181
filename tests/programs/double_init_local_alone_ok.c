// expect: none
// The twin of double_init_local_alone.c: functions called one after the other have a mutex each at
// the same place of the stack, and leave it without a destroy, which glibc does not ask for.
#include "program.h"

static void __attribute__((noinline)) first(void) {
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

static void __attribute__((noinline)) second(void) {
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        first();
        second();
    }
    return 0;
}
