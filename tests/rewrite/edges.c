/* edges.c: loads a module after its first thread, has two threads hand over memory by it, unloads
 * it, and all of that again. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static int fds[2];
static int (*give)(int, int);
static int (*take)(int);

static void *run_give(void *value) {
    return (void *)(intptr_t)give(fds[1], (int)(intptr_t)value);
}

static void *run_take(void *unused) {
    (void)unused;
    return (void *)(intptr_t)take(fds[0]);
}

static void *nothing(void *unused) {
    return unused;
}

static int hand_over(const char *path, int value) {
    pthread_t giver, taker;
    void *taken = NULL, *module = dlopen(path, RTLD_NOW);
    if (!module)
        return -1;
    give = (int (*)(int, int))dlsym(module, "edges_give");
    take = (int (*)(int))dlsym(module, "edges_take");
    pthread_create(&taker, NULL, run_take, NULL);
    pthread_create(&giver, NULL, run_give, (void *)(intptr_t)value);
    pthread_join(taker, &taken);
    pthread_join(giver, NULL);
    dlclose(module);
    return (int)(intptr_t)taken;
}

int main(int argc, char **argv) {
    pthread_t thread;
    if (argc < 2 || pipe(fds) != 0)
        return 1;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    for (int i = 1; i <= 3; i++)
        printf("%d\n", hand_over(argv[1], i));
    return 0;
}
