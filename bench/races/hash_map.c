/* hash_map.c: what a check of each access costs between many short critical sections.
 * Threads: all use one map, whose buckets share 64 locks. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUCKETS = 4096, LOCKS = 64, THREADS = 2, KEYS = 20000 };
struct node {
    uint64_t key, value;
    struct node *next;
};
static struct node *buckets[BUCKETS];
static pthread_mutex_t locks[LOCKS];
static int rounds = 1500000;

static void put(uint64_t key) {
    uint64_t bucket = key * 0x9e3779b97f4a7c15u >> 52;
    pthread_mutex_t *lock = &locks[bucket % LOCKS];
    pthread_mutex_lock(lock);
    struct node *node = buckets[bucket];
    while (node && node->key != key)
        node = node->next;
    if (!node) {
        node = malloc(sizeof *node);
        node->key = key;
        node->value = 0;
        node->next = buckets[bucket];
        buckets[bucket] = node;
    }
    node->value++;
    pthread_mutex_unlock(lock);
}

static void *work(void *arg) {
    uint64_t state = (uint64_t)(long)arg + 1;
    for (int i = 0; i < rounds; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        put((state >> 33) % KEYS);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc > 1)
        rounds = atoi(argv[1]);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_init(&locks[i], NULL);
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t sum = 0;
    for (int i = 0; i < BUCKETS; i++)
        for (struct node *node = buckets[i]; node; node = node->next)
            sum += node->value;
    printf("%llu\n", (unsigned long long)sum);
    return 0;
}
