// expect: none
// Threads lock a weak pointer; the object's last owner destroys it.
#include <memory>
#include <thread>

#include "race.h"

struct object {
    int value = 1;
    ~object() { value = 0; }
};

int main() {
    for (int round = 0; round < 20; round++) {
        auto owner = std::make_shared<object>();
        std::weak_ptr<object> weak = owner;
        auto use = [weak] {
            for (int i = 0; i < 50; i++)
                if (auto held = weak.lock())
                    MUST(held->value == 1);
        };
        std::thread one(use), two(use);
        owner.reset();
        one.join();
        two.join();
    }
    puts("done");
}
