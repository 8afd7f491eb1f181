// expect: none
// The last of several threads that let go of an object destroys it.
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>
struct S {
    std::vector<int> v = std::vector<int>(100);
    ~S() {
        for (int &x : v)
            x = 0;
    }
};
int main() {
    for (int k = 0; k < 20; k++) {
        auto p = std::make_shared<S>();
        std::vector<std::thread> t;
        for (int i = 0; i < 3; i++)
            t.emplace_back([p, i]() mutable {
                p->v[i] = i;
                p.reset();
            });
        p.reset();
        for (auto &x : t)
            x.join();
    }
    std::puts("x");
}
