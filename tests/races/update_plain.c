// expect: data-race
// Code that is not optimised reads, adds and writes in three instructions, by an address that it
// reads again.
#include "race.h"

#ifdef __clang__
#define UNOPTIMISED __attribute__((optnone))
#else
#define UNOPTIMISED __attribute__((optimize("O0")))
#endif

struct account {
    long balance;
} account;

UNOPTIMISED void *pay_in(void *unused) {
    struct account *mine = &account;
    for (int i = 0; i < 10; i++) {
        mine->balance = mine->balance + 5;
        pause_ms(2);
    }
    return unused;
}

int main(void) {
    both(pay_in, pay_in, NULL);
    puts("done");
    return 0;
}
