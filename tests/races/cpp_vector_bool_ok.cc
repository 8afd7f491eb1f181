// expect: none
// Two threads write different elements of a vector of bytes.
#include <cstdio>
#include <thread>
#include <vector>
static std::vector<char> done(64);
int main() {
    std::thread a([] {
        for (int i = 0; i < 64; i += 2)
            done[i] = true;
    }),
        b([] {
            for (int i = 1; i < 64; i += 2)
                done[i] = true;
        });
    a.join();
    b.join();
    std::puts("x");
}
