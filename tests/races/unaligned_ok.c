// expect: none
// A word that lies across an 8-byte border is written by one thread; another writes the next byte.
#include "race.h"

struct __attribute__((packed)) {
    char before[5];
    uint64_t value;
    char after[3];
} packed __attribute__((aligned(8)));

void *write_value(void *unused) {
    packed.value = 0x1122334455667788;
    return unused;
}

void *write_byte(void *unused) {
    later();
    packed.after[0] = 1;
    packed.before[4] = 1;
    return unused;
}

int main(void) {
    both(write_value, write_byte, NULL);
    printf("%d\n", packed.after[0]);
    return 0;
}
