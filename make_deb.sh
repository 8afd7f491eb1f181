#!/bin/bash
# make_deb.sh: packs what install.sh installs as a Debian package.  Run by //:deb.
#
# usage: make_deb.sh OUTPUT.deb BINDIR FILE...
# Files are those of the build, as paths from here; BINDIR is where made ones lie.  What the package
# depends on is found by asking which packages have the libraries that its programs name.  The same
# files give the same bytes.
set -euo pipefail
output=$PWD/$1
bindir=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# As install.sh expects it: made files beside sources.
for file in "$@"; do
    name=${file#"$bindir"/}
    mkdir -p "$work/from/$(dirname "$name")"
    ln -s "$PWD/$file" "$work/from/$name"
done
(cd "$work/from" && bash ./install.sh --prefix="$work/root/usr" >/dev/null)
root=$work/root

# Out of ldconfig's sight, for which the shim is a libtsan.so.2 (docs/limits.md).
private=$root/usr/lib/threadcheck
mkdir -p "$private/bin" "$private/lib"
mv "$root/usr/bin/threadcheck" "$private/bin/"
mv "$root"/usr/lib/libthreadcheck*.so "$private/lib/"
ln -s ../lib/threadcheck/bin/threadcheck "$root/usr/bin/threadcheck"

documents=$root/usr/share/doc/threadcheck
version=$(sed -n 's/.*TC_VERSION "\(.*\)".*/\1/p' "$work/from/analyzer/report/version.h")

# As Debian has it: where zsh looks, compressed pages, a copyright file.
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_threadcheck" "$root/usr/share/zsh/vendor-completions/"
rmdir "$root/usr/share/zsh/site-functions"
gzip -n9 "$root"/usr/share/man/man*/*
{
    echo "threadcheck, under the Apache License 2.0 (LICENSE beside this file)."
    echo "The HTML report contains libraries under their own licences: see libraries.txt."
} >"$documents/copyright"

# needed FILE: the packages that have the libraries which it names.
needed() {
    local library path
    while read -r library; do
        path=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ { print $NF; exit }')
        [ -n "$path" ] || { echo "make_deb.sh: $1 needs $library, which is not installed" >&2 && return 1; }
        { dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "$(readlink -f "$path")" ||
            dpkg-query -S "/usr$path"; } | sed 's/:.*//' | head -n 1
    done < <(LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
}
programs=$(find "$root" -type f \( -path '*/bin/*' -o -name '*.so' \))
glibc=$(for program in $programs; do LC_ALL=C readelf -V "$program"; done |
    grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -n 1)
depends=$(for program in $programs; do needed "$program"; done | sort -u |
    sed "s/^libc6\$/libc6 (>= $glibc)/" | paste -sd, | sed 's/,/, /g')

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: threadcheck
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: threadcheck <threadcheck@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: $depends
Section: devel
Priority: optional
Description: finds deadlocks, lock misuse and data races in programs with threads
 threadcheck watches the threads of an unmodified program and tells where it can
 hang, where it misuses a lock, where a wake-up gets lost and where threads race,
 with the stack of every thread that takes part. It also has threading.h, which
 is Python's threading in C.
EOF
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d @1700000000 {} +
SOURCE_DATE_EPOCH=1700000000 dpkg-deb --root-owner-group --build "$root" "$output" >/dev/null
