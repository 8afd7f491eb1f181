// expect: lock-order-inversion
// args: {lib}/plugin.so
// A library loaded at run time takes two of its locks in both orders; it is unloaded before the
// end.
#include "program.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
    MUST(argc == 2);
    void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    MUST(plugin);
    void *(*forward)(void *) = (void *(*)(void *))dlsym(plugin, "plugin_forward");
    void *(*backward)(void *) = (void *(*)(void *))dlsym(plugin, "plugin_backward");
    MUST(forward && backward);
    pthread_t first = start(forward, NULL), second = start(backward, NULL);
    finish(first);
    finish(second);
    MUST(dlclose(plugin) == 0);
    return 0;
}
