// expect: destroy-of-locked
// The memory of a held mutex is freed.
#include "program.h"

struct session {
    char name[32];
    pthread_mutex_t lock;
};

void *work(void *unused) {
    struct session *session = calloc(1, sizeof *session);
    pthread_mutex_init(&session->lock, NULL);
    pthread_mutex_lock(&session->lock);
    free(session);
    return unused;
}

int main(void) {
    run(work, NULL);
    return 0;
}
