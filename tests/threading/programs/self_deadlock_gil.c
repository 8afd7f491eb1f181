// expect: self-deadlock
// The GIL is asked for by the thread that holds it, and refused.
#include "program.h"

static threading_gil gil = THREADING_GIL_INIT;

int main(void) {
    MUST(threading_gil_acquire(&gil) == 0);
    MUST(threading_gil_acquire(&gil) == EDEADLK);
    MUST(threading_gil_release(&gil) == 0);
    return 0;
}
