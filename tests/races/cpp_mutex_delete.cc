// expect: data-race
// An object is deleted whose mutex another thread has used, which nothing puts before that.
#include <mutex>

#include "race.h"

struct guarded {
    std::mutex lock;
};

static void *use_it(void *object) {
    std::lock_guard<std::mutex> hold(static_cast<guarded *>(object)->lock);
    return nullptr;
}

static void *delete_it(void *object) {
    delete static_cast<guarded *>(object);
    return nullptr;
}

int main() {
    first_and_then(use_it, delete_it, new guarded);
}
