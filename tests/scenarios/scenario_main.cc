// scenario_main.cc: checks scenario files.
//
// usage: scenario FILE...      exit status 1 when one does not give what it expects
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/scenarios/scenario.h"

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\n", argv[0]);
        return 2;
    }
    int failed = 0;
    for (int i = 1; i < argc; i++) {
        std::ifstream file(argv[i]);
        std::stringstream text;
        text << file.rdbuf();
        std::string complaint = file ? CheckScenario(text.str()) : "cannot be read\n";
        if (complaint.empty())
            continue;
        failed++;
        printf("%s: %s\n", argv[i], complaint.c_str());
    }
    return failed ? 1 : 0;
}
