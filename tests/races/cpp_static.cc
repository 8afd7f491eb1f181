// expect: data-race
// stripped: possible
// A function-local singleton without a guard: built by hand with a plain pointer.
#include <string>

#include "race.h"

const std::string &name() {
    static std::string *made = nullptr;
    SHARED(&made);
    if (!made)
        made = new std::string("a name");
    return *made;
}

void *use(void *unused) {
    USE((int)name().size());
    return unused;
}

void *use_later(void *unused) {
    later();
    return use(unused);
}

int main() {
    both(use, use_later, nullptr);
}
