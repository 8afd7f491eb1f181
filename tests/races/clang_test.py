#!/usr/bin/env python3
"""Programs of this folder as clang builds them: numbers with a point are moved by vector registers,
also atomic ones, which gcc moves as integers.

usage: clang_test.py RUN TOOL

RUN is run.py here, TOOL the command `threadcheck` beside whose folder the libraries lie.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

RUN, TOOL = (os.path.abspath(path) for path in sys.argv[1:])
PATTERNS = ["/cpp_atomic", "/double", "/flag"]
VARIABLES = {
    "cpp_atomic_float": ["ready", "level"],
    "cpp_atomic_float_ok": ["ready", "progress"],
    "cpp_atomic_double_ok": ["sum", "largest", "flag"],
}


def moved(binary):
    """The static variables that a vector register is loaded from or stored to."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", binary], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return set(re.findall(r"\bv?movs[sd] .*\(%rip\).*<(\w+)>", code))


if not shutil.which("clang++"):
    print("skip: no clang")
    sys.exit(0)
environment = {**os.environ, "CC": "clang", "CXX": "clang++"}
with tempfile.TemporaryDirectory(prefix="tc-race-") as directory:
    status = subprocess.run([sys.executable, RUN, "--prefix=" + os.path.dirname(os.path.dirname(TOOL)),
                             "--build=" + directory, "--ways=rewrite,stripped"] + PATTERNS,
                            env=environment).returncode
    for name, variables in VARIABLES.items():
        others = set(variables) - moved(os.path.join(directory, name))
        if others:
            print(f"FAIL {name}: clang moves {sorted(others)} otherwise: it does not show what it is for")
            status = 1
sys.exit(status)
