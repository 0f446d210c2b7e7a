#!/bin/sh
# Debian's Postfix, Exim and OpenSMTPD side by side, unpacked and not installed (as packages they conflict): what tests/e2e meets.
#
#   ./scripts/mail-servers.sh FOLDER      filled once; a filled one is left as it is
#
# Each has a folder of its own name; libraries that this machine lacks lie in FOLDER/lib. Without a way to Debian it is skipped (exit 77).
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
touch "$folder/filled"
