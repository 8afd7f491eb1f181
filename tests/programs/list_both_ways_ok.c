// expect: none
// The twin of list_both_ways.c: who goes backward tries the next lock only, and begins anew when it
// is taken; two walk each way at once.
#include "program.h"

enum { NODES = 5, ROUNDS = 50 };

struct node {
    pthread_mutex_t lock;
    struct node *next, *previous;
    int visits;
};
static struct node *head, *tail;

static void *forward(void *unused) {
    for (int round = 0; round < ROUNDS; round++) {
        struct node *node = head;
        pthread_mutex_lock(&node->lock);
        for (struct node *next; (next = node->next); node = next) {
            pthread_mutex_lock(&next->lock);
            next->visits++;
            pthread_mutex_unlock(&node->lock);
        }
        pthread_mutex_unlock(&node->lock);
    }
    return unused;
}

static bool backward_once(void) {
    struct node *node = tail;
    pthread_mutex_lock(&node->lock);
    for (struct node *previous; (previous = node->previous); node = previous) {
        bool taken = pthread_mutex_trylock(&previous->lock) == 0;
        pthread_mutex_unlock(&node->lock);
        if (!taken)
            return false;
    }
    node->visits++;
    pthread_mutex_unlock(&node->lock);
    return true;
}

static void *backward(void *unused) {
    for (int round = 0; round < ROUNDS; round++)
        while (!backward_once())
            sched_yield();
    return unused;
}

int main(void) {
    for (int i = 0; i < NODES; i++) {
        struct node *node = calloc(1, sizeof *node);
        pthread_mutex_init(&node->lock, NULL);
        node->previous = tail;
        *(tail ? &tail->next : &head) = node;
        tail = node;
    }
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(i % 2 ? backward : forward, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d %d\n", head->visits, tail->visits);
    return 0;
}
