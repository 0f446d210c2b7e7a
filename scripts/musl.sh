#!/bin/sh
# How far the program goes with another C library: every source compiled against musl's headers, and the decoders of DNS messages and
# policies linked with musl alone and run over the seeds of their fuzz targets.
#
#   ./scripts/musl.sh [FOLDER]        needs musl-gcc (Debian's musl-tools) and the packages of the group build; 77 without musl-gcc
#
# Further it cannot go on Debian: its libraries (libuv, c-ares, SQLite ...) are linked with glibc.
set -eu
cd "$(dirname "$0")/.."
command -v musl-gcc >/dev/null || { echo "musl: skipped: musl-gcc is missing (apt-get install musl-tools)"; exit 77; }
folder=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'rm -rf "$folder"' EXIT
headers=$folder/headers
rm -rf "$headers"
mkdir -p "$headers/openssl"

# The libraries' own headers and the kernel's, without glibc's beside them.
machine=$(gcc -print-multiarch)
for name in sqlite3.h libpsl.h archive.h archive_entry.h idn2.h csv.h ldns ares.h ares_version.h ares_build.h ares_dns.h ares_dns_record.h \
    ares_nameser.h ares_rules.h uv.h uv ini.h libsmartcols nettle seccomp.h seccomp-syscalls.h linux asm-generic maxminddb.h maxminddb_config.h zlib.h zconf.h curl asm; do
    for place in /usr/include "/usr/include/$machine"; do
        [ ! -e "$place/$name" ] || ln -sfn "$place/$name" "$headers/$name"
    done
done
ln -sf "/usr/include/openssl/"* "/usr/include/$machine/openssl/"* "$headers/openssl/"
ln -sf libsmartcols/libsmartcols.h "$headers/"

compile() { musl-gcc -std=c11 -D_GNU_SOURCE -DMXS_VERSION='"musl"' -Wall -Wextra -Werror -fno-strict-aliasing -I. -isystem "$headers" "$@"; }

# ns_name_unpack, which glibc and the BSDs have, is the one function that musl lacks.
count=0 lacking=
for file in mxsurvey.c $(find base model db options scanner reports -name '*.c' | sort); do
    if compile -fsyntax-only "$file" 2>"$folder/said"; then
        count=$((count + 1))
    elif [ "$(grep -c ' error: ' "$folder/said")" = "$(grep -c "implicit declaration of function .ns_name_unpack" "$folder/said")" ]; then
        lacking="$lacking $file"
    else
        cat "$folder/said"
        exit 1
    fi
done
echo "musl: $count files compile without a warning; these need ns_name_unpack, which musl lacks:$lacking"

for target in spf dmarc sts; do
    # shellcheck disable=SC2046 # a list of files
    compile -static -O1 -ffunction-sections -Wl,--gc-sections -o "$folder/$target" \
        "tests/fuzz/${target}_fuzz.c" tests/fuzz/replay.c \
        $(find scanner/parse -name '*.c' ! -name dkim.c ! -name wire.c ! -name message.c ! -name proof.c) $(find model -name "*.c" ! -name domain.c ! -name linked.c) $(find base -name "*.c" ! -name "*_plain.c")
    "$folder/$target" "tests/fuzz/seeds/$target" >/dev/null
    echo "musl: the reader of $target, linked with musl alone, reads $(find "tests/fuzz/seeds/$target" -type f | wc -l) seeds"
done
