#!/bin/bash
# install_test.sh: an installed copy works from wherever it was moved to, without the checkout.
set -u
source tests/checks.sh
check "no prefix is a usage error" status_is 2 ./install
check "and says what is missing" contains "$work/err" "--prefix=DIR"
check "an unknown argument is a usage error" status_is 2 ./install --perfix=x
check "and is named" contains "$work/err" "--perfix=x"
check "installs" status_is 0 ./install --prefix="$work/first"
# A program that runs has the old files mapped: they must stay as they are.
exec 3<"$work/first/lib/libthreadcheck.so"
check "installs again" status_is 0 ./install --prefix="$work/first"
check "and leaves what runs alone" test "$(stat -Lc %i /proc/$$/fd/3)" != "$(stat -c %i "$work/first/lib/libthreadcheck.so")"
check "and nothing else" test -z "$(find "$work/first" -name '*.new-*')"
exec 3<&-
mkdir -p "$work/taken/bin/threadcheck"
check "a directory in the way is an error" status_is 1 ./install --prefix="$work/taken"
check "and is named" contains "$work/err" "$work/taken/bin/threadcheck"
mv "$work/first" "$work/moved"
prefix=$work/moved
for file in bin/threadcheck lib/libthreadcheck.so lib/libthreadcheck-rewrite.so lib/libthreading.so lib/libthreading.a \
    lib/pkgconfig/threading.pc include/threading.h include/threadcheck/annotate.h \
    share/man/man1/threadcheck.1 share/bash-completion/completions/threadcheck \
    share/zsh/site-functions/_threadcheck share/doc/threadcheck/libraries.txt share/doc/threadcheck/README.md share/doc/threadcheck/LICENSE \
    share/doc/threadcheck/findings/lock-order-inversion.md; do
    check "has $file" test -s "$prefix/$file"
done

# Away from the checkout: nothing below may be found by a relative path.
cd "$work" || exit 1
examples=$prefix/share/doc/threadcheck/examples
check "compiles the example" gcc -g -O1 "$examples/bank.c" -o bank -pthread
check "run fails on the finding" status_is 66 "$prefix/bin/threadcheck" run -- ./bank
check "and names the lock" contains err accounts_lock
check "run leaves a correct program's status" status_is 3 "$prefix/bin/threadcheck" run -- sh -c 'exit 3'
check "plain preload keeps the status" status_is 0 env LD_PRELOAD="$prefix/lib/libthreadcheck.so" ./bank
check "and prints the report" contains err accounts_lock

# A server that root starts and that becomes another user before its first thread.
if [ "$(id -u)" = 0 ]; then
    cat >server.c <<'EOF'
#include <pthread.h>
#include <unistd.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *serve(void *unused) {
    pthread_mutex_unlock(&lock);
    return unused;
}
int main(void) {
    pthread_t thread;
    if (setgid(65534) || setuid(65534) || pthread_create(&thread, NULL, serve, NULL))
        return 1;
    return pthread_join(thread, NULL);
}
EOF
    check "compiles a server" gcc -g server.c -o server -pthread
    check "sees a server that drops its rights" status_is 66 \
        env TMPDIR=/tmp "$prefix/bin/threadcheck" run -- ./server
    check "and finds its bug" contains err double-release
fi

# The library, by its pkg-config file (read here by hand: pkg-config may be absent).
cat >use.c <<'EOF'
#include <threadcheck/annotate.h>
#include <threading.h>
int main(void) {
    threading_lock lock = THREADING_LOCK_INIT;
    if (threading_lock_acquire(&lock, true, THREADING_FOREVER) || threading_lock_release(&lock))
        return 1;
    return threading_lock_release(&lock) ? 7 : 1;
}
EOF
check "compiles with the shared library" \
    gcc -I"$prefix/include" use.c -o use -L"$prefix/lib" -lthreading -Wl,-rpath,"$prefix/lib" -pthread
check "runs with it" status_is 7 ./use
check "compiles with the static library" \
    gcc -I"$prefix/include" use.c -o use_static "$prefix/lib/libthreading.a" -pthread
check "runs with it" status_is 7 ./use_static
exit $failed
