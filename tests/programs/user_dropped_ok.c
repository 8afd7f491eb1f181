// expect: none
// says: cannot create a trace
// The program drops to another user before its first thread, who may not write where traces go: it
// runs on unrecorded.
#include "program.h"

void *work(void *unused) { return unused; }

int main(void) {
    if (getuid() == 0)
        MUST(setgid(65534) == 0 && setuid(65534) == 0);
    run(work, NULL);
    puts("alive");
    return 0;
}
