#!/bin/bash
# deb_test.sh: the Debian package, unpacked somewhere, works from there; it says what it depends on.
set -u
source tests/checks.sh
package=$PWD/threadcheck.deb
field() { dpkg-deb --field "$package" "$1"; }
names() { field Depends | sed 's/ *([^)]*)//g; s/, */\n/g'; }

check "is called threadcheck" [ "$(field Package)" = threadcheck ]
check "depends on what reads DWARF" grep -qx libdw1 <(names)
check "depends on what reads JSON" grep -qx libjansson4 <(names)
check "depends on a libc that is new enough" grep -qE 'libc6 \(>= 2\.3[5-9]' <(field Depends)
check "each dependency is a package of this system" status_is 0 dpkg-query -W $(names)
check "unpacks" dpkg-deb -x "$package" "$work/root"
root=$work/root/usr
check "checksums hold" status_is 0 bash -c "cd '$work/root' && dpkg-deb --ctrl-tarfile '$package' | tar -xO ./md5sums | md5sum -c --quiet"
for file in bin/threadcheck lib/threadcheck/lib/libthreadcheck.so lib/libthreading.so lib/libthreading.a \
    lib/pkgconfig/threading.pc include/threading.h include/threadcheck/annotate.h \
    share/man/man1/threadcheck.1.gz share/bash-completion/completions/threadcheck \
    share/zsh/vendor-completions/_threadcheck share/doc/threadcheck/copyright \
    share/doc/threadcheck/libraries.txt share/doc/threadcheck/findings/deadlock.md; do
    check "has $file" test -s "$root/$file"
done
check "ldconfig takes nothing of it for another library" status_is 0 bash -c \
    "! PATH=\$PATH:/sbin ldconfig -nvX '$root/lib' 2>&1 | grep libtsan"
check "all belongs to root" [ -z "$(dpkg-deb -c "$package" | grep -v ' root/root ')" ]
check "nothing is left of where it was built" [ -z "$(dpkg-deb -c "$package" | grep -E 'bazel|/tmp')" ]

cd "$work" || exit 1
cp "$root/share/doc/threadcheck/examples/bank.c" .
check "compiles the example" gcc -g -O1 bank.c -o bank -pthread
tool=$root/bin/threadcheck
check "finds its bug" status_is 66 "$tool" run --trace=traces --format=html --output=bank.html -- ./bank
check "with an HTML report" grep -q "accounts_lock and audit_lock" bank.html
check "a profile" status_is 0 "$tool" profile traces
check "explains" status_is 0 "$tool" explain deadlock
check "from the page of the kind" grep -q '^# deadlock' out
check "a correct program keeps its status" status_is 3 "$tool" run -- sh -c 'exit 3'
exit $failed
