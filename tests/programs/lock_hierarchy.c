// expect: lock-hierarchy
// One thread alone takes two locks against the order that main declares; nothing else is wrong.
#include "program.h"

#include "threadcheck/annotate.h"

pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER, row = PTHREAD_MUTEX_INITIALIZER;

void *update(void *unused) {
    pthread_mutex_lock(&row);
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    pthread_mutex_unlock(&row);
    return unused;
}

int main(void) {
    tc_lock_order(&table, &row);
    finish(start(update, NULL));
    return 0;
}
