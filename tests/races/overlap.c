// expect: data-race
// A thread writes 8 bytes; another reads one of them.
#include "race.h"

uint64_t word;

void *write_word(void *unused) {
    word = 0x0102030405060708;
    return unused;
}

void *read_byte(void *unused) {
    later();
    USE(((char *)&word)[7]);
    return unused;
}

int main(void) {
    both(write_word, read_byte, NULL);
    return 0;
}
