// trace.cc: a program that shows its own stack, by names: they are those of its functions, wherever
// they run.  Arguments: none.
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unwind.h>

#include <stdexcept>

static int shared; // something to be watched in each function

static void show(const char *what, void *address) {
    Dl_info info;
    if (dladdr(address, &info) == 0)
        printf("%s: unknown\n", what);
    else if (info.dli_sname && strncmp(info.dli_sname, "shown_", 6) == 0)
        printf("%s: %s\n", what, info.dli_sname);
    else if (info.dli_sname && strcmp(info.dli_sname, "main") == 0)
        printf("%s: main\n", what);
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *count) {
    int before = 0;
    char *place = (char *)_Unwind_GetIPInfo(context, &before);
    if (place != (char *)_Unwind_GetIP(context))
        printf("two answers\n");
    show("visited", place - !before);
    if (++*(int *)count == 1)
        show("in", _Unwind_FindEnclosingFunction(place));
    return _URC_NO_REASON;
}

static void backtrace_of(int size) {
    void **frames = (void **)calloc(size, sizeof *frames);
    int count = backtrace(frames, size);
    for (int i = 0; i < count; i++)
        show("backtrace", (char *)frames[i] - 1);
    if (count == size)
        printf("all %d\n", size);
    free(frames);
}

extern "C" {
__attribute__((noinline)) void shown_last(int deep) {
    shared += deep;
    show("caller", (char *)__builtin_return_address(0) - 1);
    backtrace_of(3);
    backtrace_of(50);
    backtrace_of(1000);
    int count = 0;
    _Unwind_Backtrace(visit, &count);
    if (deep)
        throw std::runtime_error("thrown");
    shared--;
}

__attribute__((noinline)) void shown_middle(int deep) {
    shared += deep;
    try {
        shown_last(deep);
    } catch (const std::exception &error) {
        printf("%s\n", error.what());
        int count = 0;
        _Unwind_Backtrace(visit, &count);
    }
    shared -= 2;
}

__attribute__((noinline)) void *shown_thread(void *argument) {
    shown_middle(argument != nullptr);
    shared -= 3;
    return nullptr;
}
}

int main() {
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, nullptr, shown_thread, i ? &thread : nullptr);
        pthread_join(thread, nullptr);
    }
    shown_thread(&thread);
    return shared == 0;
}
