// expect: none
// Deferred free: the object is unlocked, taken from the list, and freed later by another thread,
// without a destroy.
#include "program.h"

struct session {
    pthread_mutex_t lock;
    struct session *next;
} * doomed;
pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;

void *user(void *unused) {
    for (int i = 0; i < 100; i++) {
        struct session *session = calloc(1, sizeof *session);
        pthread_mutex_init(&session->lock, NULL);
        pthread_mutex_lock(&session->lock);
        pthread_mutex_unlock(&session->lock);
        pthread_mutex_lock(&list);
        session->next = doomed;
        doomed = session;
        pthread_mutex_unlock(&list);
    }
    return unused;
}

void *reaper(void *unused) {
    for (int freed = 0; freed < 100;) {
        pthread_mutex_lock(&list);
        struct session *all = doomed;
        doomed = NULL;
        pthread_mutex_unlock(&list);
        for (struct session *next; all; all = next, freed++) {
            next = all->next;
            free(all);
        }
        pause_ms(1);
    }
    return unused;
}

int main(void) {
    pthread_t first = start(user, NULL), second = start(reaper, NULL);
    finish(first);
    finish(second);
    return 0;
}
