// expect: lock-order-inversion
// A list is gone through hand over hand from both ends; today the one was through before the other
// began.
#include "program.h"

enum { NODES = 5 };

struct node {
    pthread_mutex_t lock;
    struct node *next, *previous;
    int visits;
};
static struct node *head, *tail;

static void *forward(void *unused) {
    struct node *node = head;
    pthread_mutex_lock(&node->lock);
    for (struct node *next; (next = node->next); node = next) {
        pthread_mutex_lock(&next->lock);
        next->visits++;
        pthread_mutex_unlock(&node->lock);
    }
    pthread_mutex_unlock(&node->lock);
    reach(1);
    return unused;
}

static void *backward(void *unused) {
    await(1);
    struct node *node = tail;
    pthread_mutex_lock(&node->lock);
    for (struct node *previous; (previous = node->previous); node = previous) {
        pthread_mutex_lock(&previous->lock);
        previous->visits++;
        pthread_mutex_unlock(&node->lock);
    }
    pthread_mutex_unlock(&node->lock);
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
    pthread_t first = start(forward, NULL), second = start(backward, NULL);
    finish(first);
    finish(second);
    printf("%d %d\n", head->visits, tail->visits);
    return 0;
}
