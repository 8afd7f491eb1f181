// expect: data-race
// A thread writes a half of what another reads as a whole.
#include "race.h"

union {
    uint16_t halves[2];
    uint32_t whole;
} word;

void *write_half(void *unused) {
    word.halves[1] = 3;
    return unused;
}

void *read_whole(void *unused) {
    later();
    USE(word.whole);
    return unused;
}

int main(void) {
    both(write_half, read_whole, NULL);
    return 0;
}
