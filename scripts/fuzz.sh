#!/bin/sh
# Every fuzz target for a while, with clang and ASan: ./scripts/fuzz.sh [SECONDS]     10 for every commit, 60 in full
#
# A crash is left as build/fuzz/tests/fuzz/TARGET-crash-*: give it a name below tests/fuzz/seeds/TARGET.
set -eu
cd "$(dirname "$0")/.."

if ! command -v clang >/dev/null; then
    echo "fuzz: skipped: clang is not installed (./scripts/packages.sh test)"
    exit 77
fi
build=${MXS_FUZZ_BUILD:-build/fuzz}
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_C_FLAGS_DEBUG=-O1 -g" \
    -DMXS_SANITIZE=address -DMXS_FUZZ=ON "-DMXS_FUZZ_SECONDS=${1:-10}" >/dev/null
targets=$(ninja -C "$build" -t targets all | sed -n 's/^\(fuzz_[a-z0-9_]*\): phony$/\1/p')
# shellcheck disable=SC2086 # a list of words
ninja -C "$build" -j "$(nproc)" $targets >/dev/null
exec ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$(nproc)" -R '^fuzz\..*\.run$'
