// expect: data-race
// The address of a thread's own variable is given to another thread.
#include <thread>

#include "race.h"

thread_local int mine;
int *given;

int main() {
    given = &mine;
    std::thread one([] {
        later();
        *given += 1;
    });
    mine += 2;
    SHARED(&mine);
    one.join();
}
