#!/bin/sh
echo "coverage reports need a Bazel with network access" >&2
exit 1
