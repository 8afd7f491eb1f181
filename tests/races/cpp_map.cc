// expect: data-race
// stripped: possible
// A thread inserts into a map while another one looks for a key.
#include <map>
#include <string>

#include "race.h"

std::map<std::string, int> ages;

void *insert(void *unused) {
    ages["a key that is long enough to live on the heap"] = 1;
    return unused;
}

void *find(void *unused) {
    USE((int)ages.count("a key"));
    return unused;
}

int main() {
    first_and_then(insert, find, nullptr);
}
