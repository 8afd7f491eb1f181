// expect: none
// Each thread works on a text of its own; what they share they only read.
#include "race.h"

const char *source = "a text of some length";

void *work(void *place) {
    char *target = place;
    strcpy(target, source);
    strcat(target, "!");
    char *copy = strdup(target);
    strncpy(target + 50, copy, 40);
    MUST(strcmp(target, copy) == 0 && strchr(source, 'x') && strstr(source, "some"));
    free(copy);
    return NULL;
}

int main(void) {
    char targets[2][100];
    pthread_t first = start(work, targets[0]), second = start(work, targets[1]);
    finish(first);
    finish(second);
    printf("%s %s\n", targets[0], targets[1] + 50);
    return 0;
}
