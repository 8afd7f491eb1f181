// expect: none
// Blocks wander through a queue with mutex and condition; each has one owner at a time.
#include "race.h"

struct item {
    struct item *next;
    int value;
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
struct item *head;

void *produce(void *unused) {
    for (int i = 0; i < 50; i++) {
        struct item *item = malloc(sizeof(*item));
        item->value = i;
        pthread_mutex_lock(&lock);
        item->next = head;
        head = item;
        pthread_mutex_unlock(&lock);
        pthread_cond_signal(&filled);
    }
    return unused;
}

void *consume(void *unused) {
    int sum = 0;
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&lock);
        while (!head)
            pthread_cond_wait(&filled, &lock);
        struct item *item = head;
        head = item->next;
        pthread_mutex_unlock(&lock);
        sum += item->value;
        free(item);
    }
    printf("%d\n", sum);
    return unused;
}

int main(void) {
    both(produce, consume, NULL);
    return 0;
}
