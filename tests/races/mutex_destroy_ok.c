// expect: none
// The last one who uses a mutex destroys it as soon as it has given it back, counted under the
// mutex itself and by an atomic counter; what was never used by others goes at any time.
#include <stdatomic.h>

#include "race.h"

struct shared {
    pthread_mutex_t lock;
    int users;
    atomic_int references;
};

static void *count_under_it(void *given) {
    struct shared *shared = given;
    pthread_mutex_lock(&shared->lock);
    int left = --shared->users;
    pthread_mutex_unlock(&shared->lock);
    if (!left) {
        pthread_mutex_destroy(&shared->lock);
        free(shared);
    }
    return NULL;
}

static void *count_beside_it(void *given) {
    struct shared *shared = given;
    pthread_mutex_lock(&shared->lock);
    shared->users++;
    pthread_mutex_unlock(&shared->lock);
    if (atomic_fetch_sub(&shared->references, 1) == 1) {
        pthread_mutex_destroy(&shared->lock);
        free(shared);
    }
    return NULL;
}

static struct shared *make(void) {
    struct shared *shared = calloc(1, sizeof *shared);
    pthread_mutex_init(&shared->lock, NULL);
    shared->users = 2;
    shared->references = 2;
    return shared;
}

int main(void) {
    for (int i = 0; i < 20; i++) {
        both(count_under_it, count_under_it, make());
        both(count_beside_it, count_beside_it, make());
    }
    struct shared *own = make();
    pthread_mutex_lock(&own->lock);
    pthread_mutex_unlock(&own->lock);
    pthread_mutex_destroy(&own->lock);
    free(own);
    return 0;
}
