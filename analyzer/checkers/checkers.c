/* checkers.c: checkers.def as the array that the engine runs. */
#include "analyzer/checkers/checker.h"

#define TC_CHECKER(NAME) extern const struct tc_checker tc_checker_##NAME;
#include "analyzer/checkers/checkers.def"
#undef TC_CHECKER

const struct tc_checker *const tc_checkers[] = {
#define TC_CHECKER(NAME) &tc_checker_##NAME,
#include "analyzer/checkers/checkers.def"
#undef TC_CHECKER
    NULL};
