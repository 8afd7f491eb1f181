// expect: data-race
// A thread still counts in an object that another one has deleted.
#include "race.h"

struct thing {
    long before[8];
    volatile long count;
};

static void *remove_it(void *object) {
    delete static_cast<thing *>(object);
    return nullptr;
}

static void *use(void *object) {
    static_cast<thing *>(object)->count = 1;
    return nullptr;
}

int main() {
    first_and_then(remove_it, use, new thing());
}
