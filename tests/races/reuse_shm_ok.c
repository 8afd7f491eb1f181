// expect: none
// A shared segment is detached, and another thread attaches a new one at the same place.
#include <sys/ipc.h>
#include <sys/shm.h>

#include "race.h"

void *place;

void *first(void *unused) {
    int id = shmget(IPC_PRIVATE, 65536, IPC_CREAT | 0600);
    MUST(id >= 0);
    int *at = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    for (int i = 0; i < 1000; i++)
        at[i] = i;
    place = at;
    shmdt(at);
    return unused;
}

void *second(void *unused) {
    int id = shmget(IPC_PRIVATE, 65536, IPC_CREAT | 0600);
    MUST(id >= 0);
    int *at = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    for (int i = 0; i < 1000; i++)
        at[i] = 2 * i;
    shmdt(at);
    return unused;
}

int main(void) {
    first_and_then(first, second, NULL);
    puts("done");
    return 0;
}
