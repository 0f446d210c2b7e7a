#!/bin/sh
# Debian's Postfix, Exim and OpenSMTPD side by side, unpacked and not installed (as packages they conflict): what tests/e2e meets.
#
#   ./scripts/mail-servers.sh FOLDER      filled once; a filled one is left as it is
#
# Each has a folder of its own name; libraries that this machine lacks lie in FOLDER/lib. Without a way to Debian it is skipped (exit 77).
# OpenSMTPD 6.8 of Debian 12 can shake hands with nobody under OpenSSL 3 (github.com/OpenSMTPD/OpenSMTPD issue 1171): FOLDER/opensmtpd-13 is a
# root with that of Debian 13 and its libraries, where that can be had.
set -eu
folder=${1:?a folder}
servers="postfix exim4-daemon-light opensmtpd"
if [ -e "$folder/filled" ]; then
    exit 0
fi
mkdir -p "$folder/lib"
folder=$(cd "$folder" && pwd)

skip() {
    echo "mail-servers: skipped: $1"
    exit 77
}

for name in apt-get apt-cache dpkg-deb; do
    command -v $name >/dev/null || skip "no $name here"
done

# Takes a package apart into a folder.
unpack() {
    rm -rf "$folder/deb"
    mkdir "$folder/deb"
    (cd "$folder/deb" && timeout 60 apt-get -qq -o APT::Sandbox::User=root download "$1" >>"$folder/log" 2>&1) ||
        skip "$1 cannot be had ($folder/log)"
    dpkg-deb -x "$folder"/deb/*.deb "$2"
}

for server in $servers; do
    unpack "$server" "$folder/$server"
    libraries=$(apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$server" |
        sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p')
    for library in $libraries; do
        if ! dpkg-query -W -f '${db:Status-Abbrev}' "$library" 2>/dev/null | grep -q '^ii'; then
            unpack "$library" "$folder/unpacked"
        fi
    done
done
if [ -d "$folder/unpacked" ]; then
    find "$folder/unpacked" -name '*.so*' -exec cp -P {} "$folder/lib" \;
fi
rm -rf "$folder/deb" "$folder/unpacked"

# OpenSMTPD of Debian 13 with what it needs, from an apt of its own that knows nothing else.
fill_newer() {
    state="$folder/apt"
    root="$folder/opensmtpd-13"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$root/usr/lib" "$root/usr/lib64" "$root/usr/bin" "$root/usr/sbin"
    : >"$state/status"
    echo "deb http://deb.debian.org/debian trixie main" >"$state/sources.list"
    apt="-qq -o Dir::Etc::sourcelist=$state/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$state/lists"
    apt="$apt -o Dir::Cache=$state/cache -o Dir::State::status=$state/status -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086
    timeout 100 apt-get $apt update >>"$folder/log" 2>&1 || return 1
    # shellcheck disable=SC2086
    (cd "$state" && timeout 100 apt-get $apt download opensmtpd libc6 libgcc-s1 libselinux1 libpcre2-8-0 libaudit1 libcap-ng0 libcrypt1 \
        libdb5.3t64 libpam0g libevent-2.1-7t64 zlib1g libssl3t64 libzstd1 >>"$folder/log" 2>&1) || return 1
    for part in lib lib64 bin sbin; do
        ln -sfn "usr/$part" "$root/$part"
    done
    for package in "$state"/*.deb; do
        dpkg-deb -x "$package" "$root" || return 1
    done
}

fill_newer || rm -rf "$folder/opensmtpd-13"
rm -rf "$folder/apt"
touch "$folder/filled"
