// expect: self-deadlock (hang)
// A callback run under the lock calls back into the locked interface.
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
    alarm(20);
    struct registry *registry = calloc(1, sizeof *registry);
    pthread_mutex_init(&registry->lock, NULL);
    registry->callback = on_add;
    run(work, registry);
    return 0;
}
