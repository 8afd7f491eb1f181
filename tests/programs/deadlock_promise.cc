// expect: deadlock (hang)
// A promise that is neither kept nor destroyed.
#include <future>
#include <thread>
#include <unistd.h>
int main() {
    alarm(20);
    auto *p = new std::promise<int>;
    auto f = p->get_future();
    std::thread t(
        [p](bool fail) {
            if (!fail)
                p->set_value(1);
        },
        true);
    int v = f.get();
    t.join();
    return v;
}
