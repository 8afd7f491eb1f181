// expect: none
// Four threads walk a list of 100 locked nodes hand over hand, all in the same direction.
#include "program.h"

struct node {
    pthread_mutex_t lock;
    int visits;
} nodes[100];

void *walk(void *unused) {
    for (int round = 0; round < 50; round++) {
        pthread_mutex_lock(&nodes[0].lock);
        for (int i = 1; i < 100; i++) {
            pthread_mutex_lock(&nodes[i].lock);
            nodes[i].visits++;
            pthread_mutex_unlock(&nodes[i - 1].lock);
        }
        pthread_mutex_unlock(&nodes[99].lock);
    }
    return unused;
}

int main(void) {
    for (int i = 0; i < 100; i++)
        pthread_mutex_init(&nodes[i].lock, NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(walk, NULL);
    for (int i = 0; i < 4; i++)
        finish(threads[i]);
    printf("%d\n", nodes[50].visits);
    return 0;
}
