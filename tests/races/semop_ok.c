// expect: none
// tsan: data-race
// why: ThreadSanitizer does not know System V semaphores
// A counter under a System V semaphore that is used as a lock.
#include <sys/ipc.h>
#include <sys/sem.h>

#include "race.h"

int set;
long counter;

static void change(short by) {
    struct sembuf change = {0, by, 0};
    MUST(semop(set, &change, 1) == 0);
}

void *count(void *unused) {
    for (int i = 0; i < 100; i++) {
        change(-1);
        counter++;
        change(1);
    }
    return unused;
}

int main(void) {
    set = semget(IPC_PRIVATE, 1, 0600);
    MUST(set >= 0);
    change(1);
    both(count, count, NULL);
    semctl(set, 0, IPC_RMID);
    printf("%ld\n", counter);
    return 0;
}
