// expect: none
// A task throws through its future, and what it wrote before is seen by who catches.
#include <future>
#include <stdexcept>
#include <string>

#include "race.h"

std::string text;

int main() {
    auto result = std::async(std::launch::async, []() -> int {
        text = "a text that is long enough to live on the heap";
        throw std::runtime_error("no");
    });
    try {
        result.get();
    } catch (const std::runtime_error &error) {
        printf("%s %zu\n", error.what(), text.size());
    }
}
