// expect: data-race
// A thread writes a buffer to a file while another one changes it.
#include "race.h"

int ends[2];
char buffer[100];

void *send_it(void *unused) {
    MUST(write(ends[1], buffer, sizeof(buffer)) == 100);
    return unused;
}

void *change(void *unused) {
    later();
    buffer[70] = 1;
    return unused;
}

int main(void) {
    MUST(pipe(ends) == 0);
    both(send_it, change, NULL);
    return 0;
}
