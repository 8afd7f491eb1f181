// expect: lock-order-inversion
// A list is gone through hand over hand from both ends.
#include <pthread.h>
#include <stdlib.h>
struct node {
    pthread_mutex_t m;
    struct node *next, *prev;
    int v;
};
static struct node *head, *tail;
static void *forward(void *x) {
    struct node *n = head;
    pthread_mutex_lock(&n->m);
    while (n->next) {
        struct node *k = n->next;
        pthread_mutex_lock(&k->m);
        pthread_mutex_unlock(&n->m);
        n = k;
    }
    pthread_mutex_unlock(&n->m);
    return x;
}
static void *backward(void *x) {
    struct node *n = tail;
    pthread_mutex_lock(&n->m);
    while (n->prev) {
        struct node *k = n->prev;
        pthread_mutex_lock(&k->m);
        pthread_mutex_unlock(&n->m);
        n = k;
    }
    pthread_mutex_unlock(&n->m);
    return x;
}
static pthread_barrier_t b;
static void *wait_then_back(void *x) {
    backward(x);
    pthread_barrier_wait(&b);
    return x;
}
static void *fwd_wait(void *x) {
    pthread_barrier_wait(&b);
    forward(x);
    return x;
}
int main(void) {
    for (int i = 0; i < 5; i++) {
        struct node *n = calloc(1, sizeof *n);
        pthread_mutex_init(&n->m, 0);
        n->prev = tail;
        if (tail)
            tail->next = n;
        else
            head = n;
        tail = n;
    }
    pthread_t t, u, v;
    pthread_create(&t, 0, forward, 0);
    pthread_create(&u, 0, backward, 0);
    pthread_join(t, 0);
    pthread_join(u, 0);
    (void)wait_then_back;
    (void)fwd_wait;
    (void)v;
    return 0;
}
