// expect: lock-hierarchy
// findings: 1
// The order of one table and one of its pages holds for the pages of all tables.
#include <memory>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "threadcheck/annotate.h"

struct Lock {
    pthread_mutex_t mutex;
    explicit Lock(const char *) { pthread_mutex_init(&mutex, nullptr); }
    ~Lock() { pthread_mutex_destroy(&mutex); }
};

struct Table {
    Lock table{"table"}, page{"page"};
};

int main() {
    std::vector<std::unique_ptr<Table>> tables;
    for (int i = 0; i < 3; i++)
        tables.push_back(std::make_unique<Table>());
    tc_lock_order(&tables[0]->table.mutex, &tables[0]->page.mutex);
    std::thread([&] {
        pthread_mutex_lock(&tables[2]->page.mutex);
        pthread_mutex_lock(&tables[2]->table.mutex);
        pthread_mutex_unlock(&tables[2]->table.mutex);
        pthread_mutex_unlock(&tables[2]->page.mutex);
    }).join();
    return 0;
}
