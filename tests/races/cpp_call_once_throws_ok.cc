// expect: none
// tsan: hang
// why: in libtsan a pthread_once whose routine has thrown is under way for ever
// The first calls of a call_once throw; who comes after the one that returns sees what it did.
#include <mutex>
#include <stdexcept>
#include <thread>

#include "race.h"

std::once_flag once;
int tries, data;

int main() {
    auto use = [] {
        for (;;)
            try {
                std::call_once(once, [] {
                    if (++tries < 3)
                        throw std::runtime_error("not yet");
                    data = 7;
                });
                MUST(data == 7);
                return;
            } catch (std::exception &) {
            }
    };
    std::thread one(use), two(use), three(use);
    one.join();
    two.join();
    three.join();
    printf("%d %d\n", tries, data);
}
