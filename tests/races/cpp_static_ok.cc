// expect: none
// A function-local static, which the language guards.
#include <string>

#include "race.h"

const std::string &name() {
    static std::string made(50, 'n');
    return made;
}

void *use(void *unused) {
    USE((int)name()[10]);
    return unused;
}

void *use_later(void *unused) {
    later();
    return use(unused);
}

int main() {
    both(use, use_later, nullptr);
}
