// expect: none
// Main reads what a thread wrote after it joined it, and hands it to the next one.
#include "race.h"

int result;

void *work(void *unused) {
    result += 5;
    return unused;
}

int main(void) {
    for (int i = 0; i < 4; i++)
        run(work, NULL);
    printf("%d\n", result);
    return 0;
}
