#!/bin/bash
# run.sh PROGRAM: runs the tests' own interpreter, not one that a developer's PATH has.
exec /usr/bin/python3 -I tests/python_races/run.py stage/bin/threadcheck "tests/python_races/$1"
