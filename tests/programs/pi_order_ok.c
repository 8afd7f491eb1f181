// expect: none
// Mutexes of every type and protocol under contention, in one order.
#include "program.h"

pthread_mutex_t locks[12];
int count, counter;

void *work(void *unused) {
    for (int i = 0; i < 300; i++) {
        for (int k = 0; k < count; k++)
            MUST(pthread_mutex_lock(&locks[k]) == 0);
        counter++;
        for (int k = count; k-- > 0;)
            MUST(pthread_mutex_unlock(&locks[k]) == 0);
    }
    return unused;
}

int main(void) {
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
    static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    for (int type = 0; type < 4; type++)
        for (int protocol = 0; protocol < 2; protocol++) {
            pthread_mutexattr_t attributes;
            pthread_mutexattr_init(&attributes);
            pthread_mutexattr_settype(&attributes, types[type]);
            pthread_mutexattr_setprotocol(&attributes, protocols[protocol]);
            MUST(pthread_mutex_init(&locks[count++], &attributes) == 0);
            pthread_mutexattr_destroy(&attributes);
        }
    pthread_t first = start(work, NULL), second = start(work, NULL);
    finish(first);
    finish(second);
    for (int i = 0; i < count; i++)
        MUST(pthread_mutex_destroy(&locks[i]) == 0);
    printf("%d\n", counter);
    return 0;
}
