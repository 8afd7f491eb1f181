// expect: signal-unsafe-lock
// A handler takes a semaphore that is used as a lock, also where its signal can come.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>
static sem_t lock;
static int n;
static void usr(int s) {
    (void)s;
    sem_wait(&lock);
    n++;
    sem_post(&lock);
}
static void *work(void *x) {
    sem_wait(&lock);
    n++;
    sem_post(&lock);
    return x;
}
int main(void) {
    sem_init(&lock, 0, 1);
    signal(SIGUSR1, usr);
    pthread_t t;
    pthread_create(&t, 0, work, 0);
    pthread_join(t, 0);
    raise(SIGUSR1);
    work(0);
    return n != 3;
}
