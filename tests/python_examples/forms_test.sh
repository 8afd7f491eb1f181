#!/bin/bash
# A race is found however the interpreter is given its program.
set -u
tool=$PWD/stage/bin/threadcheck
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/folder"
cp -L examples/python/hits.py "$work/module.py"
cp -L examples/python/hits.py "$work/folder/__main__.py"
cd "$work" || exit 1
python=/usr/bin/python3
$python -c 'import zipfile; zipfile.ZipFile("archive.zip", "w").write("folder/__main__.py", "__main__.py")'
bad=0

# finds WHAT COMMAND...
finds() {
    local what=$1
    shift
    "$tool" run --races=full -- "$@" > out 2>&1
    grep -q '^error: data-race: data race on self.hits of class Page' out || {
        echo "$what: no race found"
        cat out
        bad=1
    }
}

finds "a script" $python module.py
finds "a module" $python -m module
finds "a folder" $python folder
finds "an archive" $python archive.zip
finds "isolated" $python -S -E -I module.py
finds "optimised" $python -OO module.py
finds "a command" $python -c "$(cat module.py)"
finds "a command after options" $python -Bc "$(cat module.py)"
finds "standard input" $python < module.py
finds "an import" $python -c "import sys; sys.path.insert(0, '.'); import module"
finds "runpy" $python -c "import runpy; runpy.run_path('module.py', run_name='__main__')"
exit $bad
