#!/bin/sh
# Everything: packages, a build with ASan and UBSan where a warning is an error, every header alone, every fuzz target for 10 s, all tests.
# With arguments for ctest, without the fuzzing.
#
#   ./scripts/test.sh [ctest arguments]      for example: ./scripts/test.sh -R unit
set -eu
cd "$(dirname "$0")/.."
jobs=$(nproc)
[ -w . ] || { echo "test: $(pwd) may not be written, and it is built in there: copy it to a folder of yours (cp -r) and go on from there" >&2; exit 1; }

./scripts/packages.sh build docs test shells bench grid
# What only some tests need: they say that they are skipped where it cannot be had.
fetch() {
    ./scripts/packages.sh browser || echo "test: no browser here: browser.* will be skipped"
    [ $# -eq 0 ] || return 0
    ./scripts/cares-inputs.sh build/cares-inputs || echo "test: fault.F35 will be skipped in part"
    ./scripts/mail-servers.sh build/mail-servers || echo "test: e2e.mailservers will be skipped in part"
}
# It comes while the compiler works; not where sudo may ask for a password.
mkdir -p build
if [ "$(id -u)" -eq 0 ]; then
    fetch "$@" >build/fetch.log 2>&1 &
    fetching=$!
    trap 'wait $fetching' EXIT
else
    fetch "$@"
    fetching=
fi
export MXS_NPM_INSTALL=1
echo "test: building with ASan and UBSan into build/asan"
cmake --preset asan
cmake --build --preset asan -j "$jobs"
echo "test: every public header must compile alone"
cmake --build --preset asan -j "$jobs" --target all_verify_interface_header_sets
fuzzed=0
if [ $# -eq 0 ]; then
    echo "test: every fuzz target for 10 s"
    ./scripts/fuzz.sh 10 || fuzzed=$?
fi
if [ -n "$fetching" ]; then
    wait "$fetching" || true
    trap - EXIT
    cat build/fetch.log
fi
echo "test: running"
# Most tests wait for servers of theirs: four to a core.
ctest --test-dir build/asan --output-on-failure --no-tests=error -j $((jobs * 4)) "$@"
if [ $fuzzed -ne 0 ] && [ $fuzzed -ne 77 ]; then
    echo "test: a fuzz target failed, see above" >&2
    exit "$fuzzed"
fi
