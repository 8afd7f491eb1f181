/* one_thread.c: preloaded into a program so that it has a second thread before its main.
 *
 * A program with one thread is neither recorded nor rewritten; with this it is, whatever it does.
 * Not in a constructor: this library's may come before the shim's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

typedef int main_function(int argc, char **argv, char **environment);
typedef int start_function(main_function *main, int argc, char **argv, void (*init)(void),
                           void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static main_function *real_main;

static void *nothing(void *unused) {
    return unused;
}

static int main_with_thread(int argc, char **argv, char **environment) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) == 0)
        pthread_join(thread, NULL);
    return real_main(argc, argv, environment);
}

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end) {
    start_function *next = (start_function *)dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return next(main_with_thread, argc, argv, init, fini, rtld_fini, stack_end);
}
