// expect: lock-order-inversion
// A cycle of five locks of five kinds, each pair in a thread and a function of its own.
#include "program.h"

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
pthread_spinlock_t spin;
pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

void *mutex_rwlock(void *unused) {
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_unlock(&mutex);
    reach(1);
    return unused;
}

void *rwlock_recursive(void *unused) {
    await(1);
    pthread_rwlock_wrlock(&rwlock);
    pthread_mutex_lock(&recursive);
    pthread_mutex_unlock(&recursive);
    pthread_rwlock_unlock(&rwlock);
    reach(2);
    return unused;
}

void *recursive_spin(void *unused) {
    await(2);
    pthread_mutex_lock(&recursive);
    pthread_spin_lock(&spin);
    pthread_spin_unlock(&spin);
    pthread_mutex_unlock(&recursive);
    reach(3);
    return unused;
}

void *spin_checked(void *unused) {
    await(3);
    pthread_spin_lock(&spin);
    pthread_mutex_lock(&checked);
    pthread_mutex_unlock(&checked);
    pthread_spin_unlock(&spin);
    reach(4);
    return unused;
}

void *checked_mutex(void *unused) {
    await(4);
    pthread_mutex_lock(&checked);
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&checked);
    return unused;
}

int main(void) {
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_t threads[5] = {start(mutex_rwlock, NULL), start(rwlock_recursive, NULL),
                            start(recursive_spin, NULL), start(spin_checked, NULL),
                            start(checked_mutex, NULL)};
    for (int i = 0; i < 5; i++)
        finish(threads[i]);
    return 0;
}
