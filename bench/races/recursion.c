/* recursion.c: what a check of each access costs in a deep recursion: a tree is built and summed.
 * Threads: each has a tree of its own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 2, DEPTH = 14 };
struct tree {
    struct tree *left, *right;
    long value;
};
static int rounds = 1000;

static struct tree *grow(struct tree **pool, int depth) {
    struct tree *tree = (*pool)++;
    tree->value = depth;
    tree->left = depth ? grow(pool, depth - 1) : NULL;
    tree->right = depth ? grow(pool, depth - 1) : NULL;
    return tree;
}

static long sum(const struct tree *tree) {
    return tree ? tree->value + sum(tree->left) + sum(tree->right) : 0;
}

static void *work(void *arg) {
    struct tree *pool = malloc(sizeof *pool << (DEPTH + 1)), *next = pool;
    struct tree *tree = grow(&next, DEPTH);
    long total = (long)arg;
    for (int round = 0; round < rounds; round++) {
        tree->value = round; /* or a compiler may take one sum for that of all rounds */
        total += sum(tree);
    }
    free(pool);
    return (void *)total;
}

int main(int argc, char **argv) {
    if (argc > 1)
        rounds = atoi(argv[1]);
    pthread_t threads[THREADS];
    long total = 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        total += (long)result;
    }
    printf("%ld\n", total);
    return 0;
}
