// expect: data-race
// tsan: none
// why: strdup reads all of its argument; libtsan takes that for an access only with
// strict_string_checks.
//
// A thread duplicates a text while another one writes its first letter.
#include "race.h"

char text[100] = "a text of some length";

void *duplicate(void *unused) {
    SHARED(text);
    char *copy = strdup(text);
    SHARED(copy);
    free(copy);
    return unused;
}

void *write_it(void *unused) {
    later();
    text[0] = 'A';
    return unused;
}

int main(void) {
    both(duplicate, write_it, NULL);
    return 0;
}
