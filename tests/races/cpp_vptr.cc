// expect: data-race
// stripped: possible
// An object is destroyed, which changes its virtual table, while another thread calls it.
#include <new>

#include "race.h"

struct base {
    virtual ~base() { later(); }
    virtual int answer() { return 1; }
};

struct derived : base {
    ~derived() override { SHARED(this); }
    int answer() override { return 2; }
};

void *destroy(void *object) {
    static_cast<derived *>(object)->derived::~derived();
    return nullptr;
}

void *call(void *object) {
    pause_ms(10);
    base *called = static_cast<base *>(object);
    SHARED(called);
    USE(called->answer());
    return nullptr;
}

int main() {
    alignas(derived) static char memory[sizeof(derived)];
    both(destroy, call, new (memory) derived);
}
