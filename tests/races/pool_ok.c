// expect: none
// Blocks come from a pool of the program's own and go from thread to thread through its lock.
#include "race.h"

union slot {
    union slot *next;
    long numbers[4];
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
union slot slots[2], *unused_slots;

union slot *take(void) {
    pthread_mutex_lock(&lock);
    union slot *slot = unused_slots;
    if (slot)
        unused_slots = slot->next;
    pthread_mutex_unlock(&lock);
    return slot;
}

void give(union slot *slot) {
    pthread_mutex_lock(&lock);
    slot->next = unused_slots;
    unused_slots = slot;
    pthread_mutex_unlock(&lock);
}

void *work(void *unused) {
    for (int i = 0; i < 100; i++) {
        union slot *slot = take();
        if (!slot)
            continue;
        for (int k = 0; k < 4; k++)
            slot->numbers[k] = i;
        SHARED(slot);
        give(slot);
    }
    return unused;
}

int main(void) {
    give(&slots[0]);
    give(&slots[1]);
    both(work, work, NULL);
    return 0;
}
