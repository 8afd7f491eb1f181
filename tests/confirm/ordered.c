// refute: abba
// The program of abba.c with the second thread made after the first has ended: what a report on
// abba foresaw cannot come about here.
#include <pthread.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER, audit = PTHREAD_MUTEX_INITIALIZER;

static void *pay(void *unused) {
    pthread_mutex_lock(&accounts);
    pthread_mutex_lock(&audit);
    pthread_mutex_unlock(&audit);
    pthread_mutex_unlock(&accounts);
    return unused;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, pay, NULL);
    pthread_join(thread, NULL);
    return 0;
}
