/* racy.c: a race that --races=sample must find, in code that is loaded once there are threads; the
 * program goes on until its standard input ends.
 *
 * usage: racy PLUGIN
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int stop;
static void (*race)(long);

static void *work(void *unused) {
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE))
        race(100);
    return unused;
}

static void *nothing(void *unused) {
    return unused;
}

int main(int argc, char **argv) {
    pthread_t threads[2];
    char byte;
    pthread_create(&threads[0], NULL, nothing, NULL);
    pthread_join(threads[0], NULL);
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    race = library ? (void (*)(long))dlsym(library, "plugin_race") : NULL;
    if (!race) {
        fprintf(stderr, "%s\n", dlerror());
        return 9;
    }
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
