// expect: none
// Process-shared objects of every kind, used by a parent with two threads and a forked child; posts
// and unlocks of the other process are seen by neither.
#include "program.h"
#include <sys/mman.h>
#include <sys/wait.h>

struct shared {
    pthread_mutex_t mutex, robust;
    pthread_rwlock_t rwlock;
    pthread_cond_t condition;
    pthread_barrier_t barrier;
    pthread_spinlock_t spin;
    sem_t posted, answered;
    int turns;
} * shared;

void *work(void *unused) {
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&shared->mutex);
        pthread_rwlock_wrlock(&shared->rwlock);
        pthread_spin_lock(&shared->spin);
        shared->turns++;
        pthread_spin_unlock(&shared->spin);
        pthread_rwlock_unlock(&shared->rwlock);
        pthread_mutex_unlock(&shared->mutex);
    }
    return unused;
}

void child(void) {
    pthread_t thread = start(work, NULL);
    work(NULL);
    finish(thread);
    pthread_barrier_wait(&shared->barrier);
    for (int i = 0; i < 50; i++) {
        sem_wait(&shared->posted);
        sem_post(&shared->answered);
    }
    pthread_mutex_lock(&shared->mutex);
    shared->turns = -1;
    pthread_cond_broadcast(&shared->condition);
    pthread_mutex_unlock(&shared->mutex);
    pthread_mutex_lock(&shared->robust);
    _exit(0);
}

int main(void) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(shared != MAP_FAILED);
    pthread_mutexattr_t mutex;
    pthread_rwlockattr_t rwlock;
    pthread_condattr_t condition;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->mutex, &mutex);
    pthread_mutexattr_setrobust(&mutex, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->robust, &mutex);
    pthread_rwlockattr_init(&rwlock);
    pthread_rwlockattr_setpshared(&rwlock, PTHREAD_PROCESS_SHARED);
    pthread_rwlock_init(&shared->rwlock, &rwlock);
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->condition, &condition);
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->barrier, &barrier, 2);
    pthread_spin_init(&shared->spin, PTHREAD_PROCESS_SHARED);
    sem_init(&shared->posted, 1, 0);
    sem_init(&shared->answered, 1, 0);
    pid_t pid = fork();
    if (!pid)
        child();
    pthread_t thread = start(work, NULL);
    work(NULL);
    finish(thread);
    pthread_barrier_wait(&shared->barrier);
    printf("%d\n", shared->turns);
    for (int i = 0; i < 50; i++) {
        sem_post(&shared->posted);
        sem_wait(&shared->answered);
    }
    pthread_mutex_lock(&shared->mutex);
    while (shared->turns != -1)
        pthread_cond_wait(&shared->condition, &shared->mutex);
    pthread_mutex_unlock(&shared->mutex);
    MUST(waitpid(pid, NULL, 0) == pid);
    MUST(pthread_mutex_lock(&shared->robust) == EOWNERDEAD);
    pthread_mutex_consistent(&shared->robust);
    pthread_mutex_unlock(&shared->robust);
    return 0;
}
