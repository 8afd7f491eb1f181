// expect: none
// A stop callback that runs in another thread has ended when its destructor returns.
#include <stop_token>
#include <thread>

#include "race.h"

int main() {
    std::stop_source source;
    int data = 0;
    std::thread one([&source] {
        later();
        source.request_stop();
    });
    {
        auto called = [&data] { data = 1; };
        std::stop_callback<decltype(called)> callback(source.get_token(), called);
        while (!source.stop_requested())
            std::this_thread::yield();
    }
    printf("%d\n", data);
    one.join();
}
