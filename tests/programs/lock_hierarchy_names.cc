// expect: lock-hierarchy
// The order is declared by the names of the locks, for locks of C++, in a process of one thread.
#include <mutex>
#include <shared_mutex>

#include "threadcheck/annotate.h"

int main() {
    std::mutex account;
    std::shared_mutex bank;
    tc_lock_class_order("bank", "account");
    tc_name(&account, "account");
    tc_name(&bank, "bank");
    account.lock();
    bank.lock_shared();
    tc_assert_held(&bank);
    tc_assert_held(&account);
    bank.unlock_shared();
    account.unlock();
    tc_assert_not_held(&account);
    return 0;
}
