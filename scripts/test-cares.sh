#!/bin/sh
# The rows of the fault table that hang on c-ares (F11 - F25), against the c-ares of Debian 13 (or MXS_CARES_SUITE) instead of the system's.
#
#   ./scripts/test-cares.sh [ROW...]      builds into build/cares; nothing is installed
#
# Packages come from Debian through a private list of sources and are only unpacked. The program is linked with the newer C
# library and loader beside them. Without a way to Debian it is skipped with a message (exit 77).
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
work=${MXS_CARES_BUILD:-$root/build/cares}
suite=${MXS_CARES_SUITE:-trixie}
mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/debs" "$work/root"

skip() {
    echo "test-cares: skipped: $1"
    exit 77
}

# The mirror is the one this machine uses already.
mirror=$(grep -rhE '^(deb|URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1 | tr -d ' ')
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f "$keyring" ] || keyring=$(find /usr/share/keyrings /etc/apt/trusted.gpg.d -name '*debian*archive*' 2>/dev/null | head -n 1)
trust="[signed-by=$keyring]"
apt_with() {
    command=$1
    shift
    "$command" -qq -o Dir::Etc::sourcelist="$work/apt/sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/apt/lists" \
        -o Dir::Cache::archives="$work/apt/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root "$@"
}
if ! ls "$work"/debs/libc-ares-dev_*.deb >/dev/null 2>&1; then
    echo "deb $trust ${mirror:-http://deb.debian.org/debian} $suite main" >"$work/apt/sources"
    apt_with apt-get update >"$work/apt/log" 2>&1 || skip "no package lists of Debian $suite ($work/apt/log)"
    (cd "$work/debs" && apt_with apt-get download libc6 libcares2 libc-ares-dev >>"$work/apt/log" 2>&1) ||
        skip "the packages of Debian $suite cannot be had ($work/apt/log)"
fi
for package in "$work"/debs/*.deb; do
    dpkg-deb -x "$package" "$work/root"
done
libraries=$work/root/usr/lib/x86_64-linux-gnu
loader=$libraries/ld-linux-x86-64.so.2
if [ ! -e "$libraries/libcares.so.2" ] || [ ! -e "$loader" ]; then
    skip "this machine is not amd64"
fi

# pkg-config finds the newer libcares first; everything else stays the system's.
mkdir -p "$work/pkgconfig"
sed -e "s|^prefix=.*|prefix=$work/root/usr|" "$libraries/pkgconfig/libcares.pc" >"$work/pkgconfig/libcares.pc"
PKG_CONFIG_PATH=$work/pkgconfig cmake -S . -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--dynamic-linker=$loader -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined -Wl,-rpath,$libraries" >"$work/configure.log"
ninja -C "$work/build" -j2 mxsurvey mxs_server mxs_responder mxs_names
"$work/build/mxsurvey" --version | grep -i 'c-ares'

rows=${*:-F11 F12 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24 F25}
failed=
for row in $rows; do
    file=$(sed -n "s/^mxs_fault(\([a-z]*\) .*\b$row\b.*/\1/p" tests/fault/CMakeLists.txt)
    code=0
    MXSURVEY=$work/build/mxsurvey MXS_SUPPORT=$work/build/tests/support MXS_SOURCE=$root \
        /usr/bin/python3 -B "tests/fault/${file}_test.py" "$row" || code=$?
    case $code in
    0) ;;
    77) echo "test-cares: $row skipped" ;;
    *) failed="$failed $row" ;;
    esac
done
[ -z "$failed" ] || {
    echo "test-cares: failed:$failed"
    exit 1
}
echo "test-cares: all passed"
