// expect: none
// std::counting_semaphore hands slots of a ring from thread to thread.
#include <semaphore>
#include <thread>

#include "race.h"

std::counting_semaphore<4> space(4), filled(0);
int ring[4];

int main() {
    std::thread producer([] {
        for (int i = 0; i < 40; i++) {
            space.acquire();
            ring[i % 4] = i;
            filled.release();
        }
    });
    int sum = 0;
    for (int i = 0; i < 40; i++) {
        filled.acquire();
        sum += ring[i % 4];
        space.release();
    }
    producer.join();
    printf("%d\n", sum);
}
