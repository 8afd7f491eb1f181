// expect: none
// An object is called by two threads and destroyed when both ended.
#include "race.h"

struct base {
    virtual ~base() = default;
    virtual int answer() { return 1; }
};

struct derived : base {
    int answer() override { return 2; }
};

void *call(void *object) {
    base *called = static_cast<base *>(object);
    SHARED(called);
    USE(called->answer());
    return nullptr;
}

int main() {
    base *object = new derived;
    both(call, call, object);
    delete object;
}
