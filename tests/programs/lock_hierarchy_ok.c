// expect: none
// Declared orders that are kept: between two locks, between classes by name, and by a try in any.
#include "program.h"

#include "threadcheck/annotate.h"

pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER, row = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t pages[4];

void *update(void *unused) {
    pthread_mutex_lock(&table);
    pthread_mutex_lock(&row);
    for (int i = 0; i < 4; i++) {
        pthread_mutex_lock(&pages[i]);
        pthread_mutex_unlock(&pages[i]);
    }
    pthread_mutex_unlock(&row);
    pthread_mutex_unlock(&table);
    pthread_mutex_lock(&row);
    if (pthread_mutex_trylock(&table) == 0)
        pthread_mutex_unlock(&table);
    pthread_mutex_unlock(&row);
    return unused;
}

int main(void) {
    tc_lock_order(&table, &row);
    tc_name(&table, "table");
    for (int i = 0; i < 4; i++) {
        pthread_mutex_init(&pages[i], NULL);
        tc_name(&pages[i], "page");
    }
    tc_lock_class_order("table", "page");
    finish(start(update, NULL));
    return 0;
}
