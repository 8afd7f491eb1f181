// expect: none
// 65 locks held at once: one more than a machine word has bits.
// args: 65
#include "program.h"

pthread_mutex_t locks[200];
int count;

void *take_all(void *unused) {
    for (int i = 0; i < count; i++)
        pthread_mutex_lock(&locks[i]);
    for (int i = count; i-- > 0;)
        pthread_mutex_unlock(&locks[i]);
    return unused;
}

int main(int argc, char **argv) {
    count = argc > 1 ? atoi(argv[1]) : 65;
    for (int i = 0; i < count; i++)
        pthread_mutex_init(&locks[i], NULL);
    pthread_t first = start(take_all, NULL), second = start(take_all, NULL);
    finish(first);
    finish(second);
    return 0;
}
