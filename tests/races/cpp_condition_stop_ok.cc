// expect: none
// A wait that a stop token ends.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "race.h"

int main() {
    std::mutex mutex;
    std::condition_variable_any condition;
    int data = 0, done = 0;
    std::jthread worker([&](std::stop_token stop) {
        std::unique_lock<std::mutex> lock(mutex);
        while (condition.wait(lock, stop, [&] { return data > 0; })) {
            done += data;
            data = 0;
        }
    });
    for (int i = 1; i < 20; i++) {
        std::lock_guard<std::mutex> lock(mutex);
        data += i;
        condition.notify_one();
    }
    later();
    worker.request_stop();
    worker.join();
    printf("%d\n", done + data);
}
