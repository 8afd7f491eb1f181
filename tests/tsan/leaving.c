// A function is called at exit, whose status stays as it is.
#include <stdio.h>
#include <stdlib.h>

static void leave(void) {
    puts("leaving");
}

int main(void) {
    if (atexit(leave) != 0)
        return 1;
    return 3;
}
