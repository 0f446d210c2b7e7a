#!/bin/sh
# c-ares' own fuzz inputs, from Debian's source package, as food for our reader of messages (F35).
#
#   ./scripts/cares-inputs.sh FOLDER      filled once; a filled one is left as it is
#
# The source comes through a private list of sources; nothing is installed. Without a way to Debian it is skipped (exit 77).
set -eu
folder=${1:?a folder}
if [ -d "$folder/fuzzinput" ]; then
    exit 0
fi
work=$folder.work
mkdir -p "$work/lists/partial" "$work/archives/partial"

skip() {
    echo "cares-inputs: skipped: $1"
    exit 77
}

# The mirror is the one this machine uses already.
mirror=$(grep -rhE '^(deb|URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1 | tr -d ' ')
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
echo "deb-src [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} ${suite:-bookworm} main" >"$work/sources"
apt_with() {
    timeout 60 apt-get -qq -o Dir::Etc::sourcelist="$work/sources" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
        -o Dir::Cache::archives="$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root "$@"
}
work=$(cd "$work" && pwd)
apt_with update >"$work/log" 2>&1 || skip "no list of Debian's sources ($work/log)"
(cd "$work" && apt_with source --download-only c-ares >>"$work/log" 2>&1) || skip "the source of c-ares cannot be had ($work/log)"
tar -xzf "$work"/c-ares_*.orig.tar.gz -C "$work" || skip "the source of c-ares is of another kind"
mkdir -p "$folder"
mv "$work"/c-ares-*/test/fuzznames "$work"/c-ares-*/test/fuzzinput "$folder"
rm -rf "$work"
