// expect: none
// The same with a recursive mutex.
#include "program.h"

struct registry {
    pthread_mutex_t lock;
    void (*callback)(struct registry *);
    int entries;
};

void registry_add(struct registry *registry) {
    pthread_mutex_lock(&registry->lock);
    registry->entries++;
    if (registry->callback)
        registry->callback(registry);
    pthread_mutex_unlock(&registry->lock);
}

void on_add(struct registry *registry) {
    registry->callback = NULL;
    registry_add(registry);
}

void *work(void *argument) {
    registry_add(argument);
    return NULL;
}

int main(void) {
    struct registry *registry = calloc(1, sizeof *registry);
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&registry->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    registry->callback = on_add;
    run(work, registry);
    printf("%d\n", registry->entries);
    pthread_mutex_destroy(&registry->lock);
    free(registry);
    return 0;
}
