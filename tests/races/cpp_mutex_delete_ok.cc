// expect: none
// The last of those who share an object with a mutex and a condition deletes it.
#include <condition_variable>
#include <memory>
#include <mutex>

#include "race.h"

struct guarded {
    std::mutex lock;
    std::condition_variable changed;
    int users = 0;
};

static void *use_it(void *given) {
    std::unique_ptr<std::shared_ptr<guarded>> mine(static_cast<std::shared_ptr<guarded> *>(given));
    guarded &object = **mine;
    std::unique_lock<std::mutex> hold(object.lock);
    object.users++;
    object.changed.notify_all();
    object.changed.wait(hold, [&] { return object.users == 2; });
    return nullptr;
}

int main() {
    for (int i = 0; i < 20; i++) {
        auto object = std::make_shared<guarded>();
        pthread_t one = start(use_it, new std::shared_ptr<guarded>(object));
        pthread_t two = start(use_it, new std::shared_ptr<guarded>(object));
        object.reset();
        finish(one);
        finish(two);
    }
}
