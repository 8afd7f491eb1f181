// expect: none
// Each thread copies one string that nobody changes, and changes its copy.
#include <string>

#include "race.h"

const std::string text = "a text that is long enough to live on the heap";

void *copy(void *unused) {
    std::string mine = text;
    mine += " and grows";
    USE((int)mine.size());
    return unused;
}

int main() {
    both(copy, copy, nullptr);
}
