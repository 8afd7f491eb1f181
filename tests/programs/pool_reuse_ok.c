// expect: none
// A pool hands the same memory out again and again; its users initialise their locks anew and never
// destroy them.
#include "program.h"

struct slot {
    struct slot *next;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int uses;
};
struct slot slots[8], *free_slots;
pthread_mutex_t pool = PTHREAD_MUTEX_INITIALIZER;

struct slot *take(void) {
    pthread_mutex_lock(&pool);
    struct slot *slot = free_slots;
    free_slots = slot->next;
    pthread_mutex_unlock(&pool);
    pthread_mutex_init(&slot->lock, NULL);
    pthread_cond_init(&slot->changed, NULL);
    return slot;
}

void give(struct slot *slot) {
    pthread_mutex_lock(&pool);
    slot->next = free_slots;
    free_slots = slot;
    pthread_mutex_unlock(&pool);
}

void *work(void *unused) {
    for (int i = 0; i < 200; i++) {
        struct slot *slot = take();
        pthread_mutex_lock(&slot->lock);
        slot->uses++;
        pthread_cond_signal(&slot->changed);
        pthread_mutex_unlock(&slot->lock);
        give(slot);
    }
    return unused;
}

int main(void) {
    struct slot *heap = calloc(8, sizeof *heap);
    for (int i = 0; i < 8; i++) {
        heap[i].next = free_slots;
        free_slots = &heap[i];
    }
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(work, NULL);
    for (int i = 0; i < 3; i++)
        finish(threads[i]);
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += heap[i].uses;
    printf("%d\n", sum);
    return 0;
}
