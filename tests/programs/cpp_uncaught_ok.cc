// expect: none
// exit: SIGABRT
// An exception that nobody catches ends the program from a thread.
#include <mutex>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

std::mutex lock;

int main() {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    close(2);
    std::thread thread([] {
        { std::lock_guard<std::mutex> guard(lock); }
        throw std::runtime_error("nobody");
    });
    thread.join();
}
