// expect: none
// Thread names, affinity, attributes and clocks answer as without the tool.
#include "program.h"
#include <sched.h>
#include <sys/prctl.h>

void *work(void *unused) {
    char name[16] = "", again[16] = "";
    pthread_attr_t attributes;
    void *stack;
    size_t size, guard;
    MUST(pthread_setname_np(pthread_self(), "worker-with-nam") == 0);
    MUST(pthread_setname_np(pthread_self(), "a-name-that-is-too-long") == ERANGE);
    MUST(pthread_getname_np(pthread_self(), name, sizeof name) == 0);
    prctl(PR_GET_NAME, again);
    MUST(!strcmp(name, again));
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &stack, &size);
    pthread_attr_getguardsize(&attributes, &guard);
    printf("%s %zu %zu\n", name, size, guard);
    pthread_attr_destroy(&attributes);
    return unused;
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_attr_setguardsize(&attributes, 8192);
    MUST(pthread_create(&thread, &attributes, work, NULL) == 0);
    finish(thread);
    pthread_attr_setstack(&attributes, aligned_alloc(4096, 256 * 1024), 256 * 1024);
    MUST(pthread_create(&thread, &attributes, work, NULL) == 0);
    finish(thread);
    MUST(pthread_attr_setstacksize(&attributes, 1) == EINVAL);
    return 0;
}
