// expect: data-race
// One exception object is thrown in two threads, and each changes it.
#include <exception>
#include <thread>

#include "race.h"

struct failure {
    int count = 0;
};

int main() {
    auto failed = std::make_exception_ptr(failure{});
    auto handle = [failed] {
        try {
            std::rethrow_exception(failed);
        } catch (failure &one) {
            one.count++;
        }
    };
    std::thread one(handle), two(handle);
    one.join();
    two.join();
}
