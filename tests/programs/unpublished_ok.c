// expect: none
// A fresh object is locked before the registry is, while nobody else can know of it.
#include "program.h"

struct object {
    pthread_mutex_t lock;
    struct object *next;
} * objects;
pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

void *maker(void *unused) {
    for (int i = 0; i < 20; i++) {
        struct object *fresh = malloc(sizeof *fresh);
        pthread_mutex_init(&fresh->lock, NULL);
        pthread_mutex_lock(&fresh->lock);
        pthread_mutex_lock(&registry);
        fresh->next = objects;
        objects = fresh;
        pthread_mutex_unlock(&registry);
        pthread_mutex_unlock(&fresh->lock);
    }
    return unused;
}

void *user(void *unused) {
    pause_ms(30);
    pthread_mutex_lock(&registry);
    for (struct object *each = objects; each; each = each->next) {
        pthread_mutex_lock(&each->lock);
        pthread_mutex_unlock(&each->lock);
    }
    pthread_mutex_unlock(&registry);
    return unused;
}

int main(void) {
    pthread_t first = start(maker, NULL), second = start(user, NULL);
    finish(first);
    finish(second);
    return 0;
}
