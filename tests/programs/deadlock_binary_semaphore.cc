// expect: deadlock (hang)
// Two threads each wait for the C++ semaphore that the other gives afterwards.
#include <semaphore>
#include <thread>
#include <unistd.h>
static std::binary_semaphore a(0), b(0);
int main() {
    alarm(20);
    std::thread t([] {
        a.acquire();
        b.release();
    });
    b.acquire();
    a.release();
    t.join();
}
