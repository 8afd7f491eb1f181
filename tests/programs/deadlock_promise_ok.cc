// expect: none
// A promise that is destroyed without having been kept: its future throws.
#include <future>
#include <thread>
int main() {
    std::future<int> f;
    std::thread t;
    {
        std::promise<int> p;
        f = p.get_future();
        t = std::thread(
            [p = std::move(p)](bool fail) mutable {
                if (!fail)
                    p.set_value(1);
            },
            true);
    }
    int r = 1;
    try {
        f.get();
    } catch (const std::future_error &) {
        r = 0;
    }
    t.join();
    return r;
}
