// expect: data-race
// A thread deletes an object that another one has just used, with nothing that orders them.
#include <memory>

#include "race.h"

struct thing {
    long fields[10];
};

void *use(void *object) {
    static_cast<thing *>(object)->fields[3] = 1;
    SHARED(object);
    return nullptr;
}

void *remove_it(void *object) {
    delete static_cast<thing *>(object);
    return nullptr;
}

int main() {
    first_and_then(use, remove_it, new thing);
}
