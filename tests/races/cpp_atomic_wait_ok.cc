// expect: none
// std::atomic::wait and notify hand data over.
#include <atomic>
#include <thread>

#include "race.h"

std::atomic<int> turn{0};
int data;

int main() {
    std::thread other([] {
        for (int i = 0; i < 10; i++) {
            turn.wait(0);
            data++;
            turn = 0;
            turn.notify_one();
        }
    });
    for (int i = 0; i < 10; i++) {
        data++;
        turn = 1;
        turn.notify_one();
        turn.wait(1);
    }
    other.join();
    printf("%d\n", data);
}
