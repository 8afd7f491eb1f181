// expect: none
// Writers of a map hold a shared_mutex alone, its readers together.
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "race.h"

std::shared_mutex lock;
std::map<std::string, int> ages;

void *insert(void *unused) {
    for (int i = 0; i < 20; i++) {
        std::unique_lock<std::shared_mutex> alone(lock);
        ages[std::to_string(i) + " is a key that lives on the heap"] = i;
    }
    return unused;
}

void *find(void *unused) {
    for (int i = 0; i < 20; i++) {
        std::shared_lock<std::shared_mutex> together(lock);
        USE((int)ages.count("7 is a key that lives on the heap"));
    }
    return unused;
}

int main() {
    both(insert, find, nullptr);
    printf("%zu\n", ages.size());
}
