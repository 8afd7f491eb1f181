// expect: none
// The last of those who share an object deletes it, and the next object lies in its place.
#include <memory>

#include "race.h"

struct thing {
    long before[8];
    long count;
};

static void *use(void *given) {
    std::unique_ptr<std::shared_ptr<thing>> mine(static_cast<std::shared_ptr<thing> *>(given));
    long seen = (*mine)->count;
    USE(seen);
    return nullptr;
}

int main() {
    for (int i = 0; i < 20; i++) {
        auto object = std::make_shared<thing>();
        pthread_t one = start(use, new std::shared_ptr<thing>(object));
        pthread_t two = start(use, new std::shared_ptr<thing>(object));
        object.reset();
        finish(one);
        finish(two);
    }
}
