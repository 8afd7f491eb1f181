/* late.c: loads a module after its first thread, and runs it in two threads that do not agree. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int (*plug)(int);

static void *run(void *unused) {
    (void)unused;
    return plug && plug(100000) ? NULL : &plug;
}

int main(int argc, char **argv) {
    pthread_t a, b;
    pthread_create(&a, NULL, run, NULL);
    pthread_join(a, NULL);
    void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!module || !(plug = (int (*)(int))dlsym(module, "late_plug")))
        return 1;
    pthread_create(&a, NULL, run, NULL);
    pthread_create(&b, NULL, run, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    puts("done");
    return 3;
}
