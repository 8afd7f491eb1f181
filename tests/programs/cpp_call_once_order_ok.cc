// expect: none
// std::call_once from many threads; its function takes locks.
#include <mutex>
#include <thread>
#include <vector>

std::once_flag flag;
std::mutex lock;
int calls;

void setup() {
    std::lock_guard<std::mutex> guard(lock);
    calls++;
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; i++)
        threads.emplace_back([] {
            std::call_once(flag, setup);
            std::lock_guard<std::mutex> guard(lock);
        });
    for (auto &thread : threads)
        thread.join();
    return calls != 1;
}
