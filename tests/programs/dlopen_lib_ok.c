// expect: none
// args: {lib}/plugin.so
// A library with locks, a constructor and a destructor is loaded and unloaded again and again.
#include "program.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
    MUST(argc == 2);
    for (int i = 0; i < 20; i++) {
        void *plugin = dlopen(argv[1], i % 2 ? RTLD_NOW : RTLD_LAZY);
        MUST(plugin);
        void *(*forward)(void *) = (void *(*)(void *))dlsym(plugin, "plugin_forward");
        pthread_t first = start(forward, NULL), second = start(forward, NULL);
        finish(first);
        finish(second);
        MUST(dlclose(plugin) == 0);
    }
    return 0;
}
