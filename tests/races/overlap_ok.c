// expect: none
// Two threads read one word in pieces of several sizes; nobody writes it.
#include "race.h"

union {
    uint64_t whole;
    uint32_t halves[2];
    uint16_t quarters[4];
    char bytes[8];
} word = {0x0102030405060708};

void *read_word(void *unused) {
    USE(word.whole);
    return unused;
}

void *read_pieces(void *unused) {
    later();
    USE(word.bytes[7]);
    USE(word.quarters[1]);
    USE(word.halves[0]);
    return unused;
}

int main(void) {
    both(read_word, read_pieces, NULL);
    return 0;
}
