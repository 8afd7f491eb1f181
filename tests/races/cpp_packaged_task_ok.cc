// expect: none
// The result of a packaged task is read by two threads through a shared future.
#include <cstdio>
#include <future>
#include <thread>
#include <vector>
int main() {
    std::packaged_task<std::vector<int>(int)> t([](int n) {
        std::vector<int> v;
        for (int i = 0; i < n; i++)
            v.push_back(i);
        return v;
    });
    auto f = t.get_future();
    std::thread w(std::move(t), 1000);
    auto sf = f.share();
    std::thread r([sf] {
        if (sf.get().size() != 1000)
            std::puts("?");
    });
    if (sf.get()[10] != 10)
        std::puts("?");
    w.join();
    r.join();
    std::puts("x");
}
