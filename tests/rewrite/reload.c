/* reload.c: loads and unloads a module many times after its first thread, until it is where it was
 * before, and runs it in two threads that do not agree. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int (*plug)(int);

static void *run(void *unused) {
    (void)unused;
    return plug && plug(100000) ? NULL : &plug;
}

int main(int argc, char **argv) {
    int (*before)(int) = NULL;
    pthread_t a, b;
    pthread_create(&a, NULL, run, NULL);
    pthread_join(a, NULL);
    for (int times = 0; times < 1000; times++) {
        void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
        if (!module || !(plug = (int (*)(int))dlsym(module, "late_plug")) || plug(times + 1) != 1)
            return 1;
        if (times > 100 && plug == before)
            break;
        before = plug;
        dlclose(module);
    }
    pthread_create(&a, NULL, run, NULL);
    pthread_create(&b, NULL, run, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    puts(plug == before ? "at the same place" : "elsewhere");
    return 3;
}
