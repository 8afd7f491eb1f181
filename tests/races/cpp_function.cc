// expect: data-race
// A callback is replaced while another thread may call it.
#include <functional>
#include <thread>

#include "race.h"

std::function<int(int)> callback = [](int x) { return x + 1; };

int main() {
    begin_unseen();
    std::thread one([] {
        int sum = 0;
        for (int i = 0; i < 10; i++)
            sum += callback(i);
        USE(sum);
        reach_unseen(1);
    });
    await_unseen(1);
    long wide[4] = {1, 2, 3, 4};
    callback = [wide](int x) { return x + (int)wide[x & 3]; };
    one.join();
}
