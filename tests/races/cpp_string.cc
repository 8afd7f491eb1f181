// expect: data-race
// stripped: possible
// A thread appends to a string, another one copies it.
#include <string>

#include "race.h"

std::string text = "a text that is long enough to live on the heap";

void *append(void *unused) {
    text += " and grows";
    return unused;
}

void *copy(void *unused) {
    std::string mine = text;
    USE((int)mine.size());
    return unused;
}

int main() {
    first_and_then(append, copy, nullptr);
}
