// expect: none
// A stack of atomic pointers: pushed by both threads, taken as a whole.
#include <atomic>

#include "race.h"

struct node {
    int value;
    node *next;
};
std::atomic<node *> head{nullptr};

void *push(void *unused) {
    for (int i = 0; i < 50; i++) {
        node *mine = new node{i, head.load(std::memory_order_relaxed)};
        while (!head.compare_exchange_weak(mine->next, mine, std::memory_order_release,
                                           std::memory_order_relaxed))
            ;
    }
    return unused;
}

void *take(void *unused) {
    int count = 0;
    while (count < 50) {
        node *list = head.exchange(nullptr, std::memory_order_acquire);
        while (list) {
            node *next = list->next;
            USE(list->value);
            delete list;
            list = next;
            count++;
        }
        pause_ms(1);
    }
    return unused;
}

int main() {
    both(push, take, nullptr);
}
