// expect: none
// A descriptor is closed by who got what was sent by it, by who was told so under a lock, and after
// a join; its number is used again by threads that know nothing of each other.
#include <fcntl.h>

#include "race.h"

static int ends[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users;

static void *tell(void *unused) {
    MUST(write(ends[1], "x", 1) == 1);
    return unused;
}

static void *end_both(void *unused) {
    char byte;
    MUST(read(ends[0], &byte, 1) == 1);
    MUST(close(ends[0]) == 0 && close(ends[1]) == 0);
    return unused;
}

static void *last_closes(void *unused) {
    MUST(write(ends[1], "x", 1) == 1);
    pthread_mutex_lock(&lock);
    int left = --users;
    pthread_mutex_unlock(&lock);
    if (!left)
        MUST(close(ends[0]) == 0 && close(ends[1]) == 0);
    return unused;
}

static void *use_own(void *unused) {
    for (int i = 0; i < 20; i++) {
        FILE *file = tmpfile();
        int copy = fcntl(fileno(file), F_DUPFD, 0);
        MUST(write(copy, "x", 1) == 1 && write(fileno(file), "y", 1) == 1);
        fclose(file);
        MUST(close(copy) == 0);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 10; i++) {
        MUST(pipe(ends) == 0);
        both(tell, end_both, NULL);
        MUST(pipe(ends) == 0);
        users = 2;
        both(last_closes, last_closes, NULL);
        both(use_own, use_own, NULL);
    }
    return 0;
}
