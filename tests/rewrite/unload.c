/* unload.c: two threads, one after the other, load a module, use a variable of it and unload it;
 * the second finds it where it was.  Nothing that is seen orders them, and nothing is shared.
 * Something else may take the place meanwhile: then two others try. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *path;
static int *places[2];
static int order; /* a file whose offset is 1 once the first has unloaded it */

__attribute__((noinline)) static void use(int *counter) {
    for (int i = 0; i < 1000; i++)
        ++*(volatile int *)counter;
}

static void *run(void *arg) {
    intptr_t me = (intptr_t)arg;
    while (lseek(order, 0, SEEK_CUR) < me)
        usleep(1000);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    places[me] = module ? dlsym(module, "late_counter") : NULL;
    if (places[me])
        use(places[me]);
    if (module)
        dlclose(module);
    lseek(order, 1, SEEK_SET);
    return NULL;
}

static int same_place(void) {
    pthread_t threads[2];
    lseek(order, 0, SEEK_SET);
    for (intptr_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run, (void *)i);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return places[0] && places[0] == places[1];
}

int main(int argc, char **argv) {
    path = argc > 1 ? argv[1] : "";
    order = memfd_create("order", 0);
    for (int tries = 0; tries < 20; tries++)
        if (same_place()) {
            puts("at the same place");
            return 0;
        }
    puts("not reused");
    return 1;
}
