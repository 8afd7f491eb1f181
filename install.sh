#!/bin/bash
# install.sh: copies what users need below a prefix.  Run it by
#     ./bazelw run //:install -- --prefix=DIR
# What is installed finds its parts relative to itself, so DIR may be moved.  DESTDIR is honoured.
set -euo pipefail

usage() {
    echo "usage: ./bazelw run //:install -- --prefix=DIR" >&2
    [ $# -eq 0 ] || echo "install: $*" >&2
    exit 2
}

prefix=
while [ $# -gt 0 ]; do
    case $1 in
    --prefix=*) prefix=${1#--prefix=} ;;
    --prefix) prefix=${2-} && shift ;;
    *) usage "unknown argument: $1" ;;
    esac
    shift
done
[ -n "$prefix" ] || usage "--prefix=DIR is missing"
case $prefix in
/*) ;;
*) prefix=${BAZELW_DIRECTORY:-${BUILD_WORKING_DIRECTORY:-$PWD}}/$prefix ;;
esac
root=${DESTDIR:-}$prefix

# The shim bears the name libtsan.so.2, so that programs built with -fsanitize=thread load no other
# runtime.  Where ldconfig looks, it would get that name for every program of the system.
while [ -z "${DESTDIR:-}" ] && read -r searched; do
    [ "$(readlink -m "$searched")" != "$(readlink -m "$prefix/lib")" ] || {
        echo "install: ldconfig goes through $prefix/lib, and would make the shim libtsan.so.2 of every" \
            "program: take a prefix of its own, such as /opt/threadcheck" >&2
        exit 2
    }
done < <(PATH=$PATH:/sbin:/usr/sbin ldconfig -vNX 2>/dev/null | sed -n 's/^\(\/[^:]*\):.*/\1/p')

# put MODE FILE TARGET: one file, by another name first: a program that runs with the old one goes on
# with it.
put() {
    local target=$root/$3 fresh=$root/$3.new-$$
    # Not by install(1): Bazel puts "." first in a test's PATH, and this script is called so there.
    { mkdir -p "$(dirname "$target")" && cp -fL "$2" "$fresh" && chmod "$1" "$fresh" && mv -fT "$fresh" "$target"; } || {
        rm -f "$fresh"
        echo "install: cannot write $target" >&2
        exit 1
    }
}

put 755 stage/bin/threadcheck bin/threadcheck
put 644 stage/lib/libthreadcheck.so lib/libthreadcheck.so
# Rewriting is for x86-64 only.
[ ! -e stage/lib/libthreadcheck-rewrite.so ] || put 644 stage/lib/libthreadcheck-rewrite.so lib/libthreadcheck-rewrite.so
put 644 python/pytest_threadcheck.py share/threadcheck/pytest_threadcheck.py
put 644 threading/libthreading.so lib/libthreading.so
put 644 threading/libthreading.a lib/libthreading.a
put 644 threading/threading.pc lib/pkgconfig/threading.pc
while read -r header; do
    put 644 "include/$header" "include/$header"
done < <(cd include && find -L . -name '*.h' -printf '%P\n')
for page in docs/man/*.[1-8]; do
    [ ! -e "$page" ] || put 644 "$page" "share/man/man${page##*.}/${page##*/}"
done
put 644 analyzer/cmd/completion/threadcheck.bash share/bash-completion/completions/threadcheck
put 644 analyzer/cmd/completion/_threadcheck share/zsh/site-functions/_threadcheck
while read -r document; do
    put 644 "docs/$document" "share/doc/threadcheck/$document"
done < <(cd docs && find -L . -type f ! -path './man/*' -printf '%P\n')
for document in README.md CHANGELOG.md LICENSE; do
    put 644 "$document" "share/doc/threadcheck/$document"
done
for example in examples/*.c examples/python/*; do
    put 644 "$example" "share/doc/threadcheck/$example"
done
echo "installed below $root: bin/threadcheck, lib/libthreadcheck.so, lib/libthreading.{so,a}, include/, share/"
