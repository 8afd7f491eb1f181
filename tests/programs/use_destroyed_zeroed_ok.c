// expect: none
// A struct with a mutex is filled with zeros, which a static mutex is, and destroyed; then it
// serves another time in the same place, used or not.
#include "program.h"

struct connection {
    int descriptor;
    pthread_mutex_t lock;
};

static struct connection connection;

static void *once(void *unused) {
    for (int i = 0; i < 6; i++) {
        memset(&connection, 0, sizeof connection);
        if (i % 3 == 1) {
            pthread_mutex_lock(&connection.lock);
            pthread_mutex_unlock(&connection.lock);
        }
        pthread_mutex_destroy(&connection.lock);
    }
    return unused;
}

int main(void) {
    once(NULL);
    run(once, NULL);
    return 0;
}
