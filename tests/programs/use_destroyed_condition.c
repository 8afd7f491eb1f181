// expect: use-after-destroy
// A condition is signalled after its destruction.
#include "program.h"

pthread_cond_t condition;

void *late(void *unused) {
    pthread_cond_signal(&condition);
    return unused;
}

int main(void) {
    pthread_cond_init(&condition, NULL);
    pthread_cond_destroy(&condition);
    run(late, NULL);
    return 0;
}
