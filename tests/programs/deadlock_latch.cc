// expect: deadlock (hang)
// A latch counts three threads, and there are two.
#include <latch>
#include <thread>
#include <unistd.h>
static std::latch started(3);
int main() {
    alarm(20);
    std::thread a([] { started.count_down(); }), b([] { started.count_down(); });
    started.wait();
    a.join();
    b.join();
}
