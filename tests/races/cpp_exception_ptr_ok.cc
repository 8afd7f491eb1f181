// expect: none
// One exception object is thrown in two threads, which only read it; the last one frees it.
#include <exception>
#include <stdexcept>
#include <thread>

#include "race.h"

int main() {
    auto failed = std::make_exception_ptr(std::runtime_error("no"));
    auto handle = [failed] {
        for (int i = 0; i < 20; i++)
            try {
                std::rethrow_exception(failed);
            } catch (std::exception &one) {
                MUST(one.what()[0] == 'n');
            }
    };
    std::thread one(handle), two(handle);
    failed = nullptr;
    one.join();
    two.join();
    puts("done");
}
