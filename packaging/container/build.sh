#!/bin/sh
# A container image without a registry: a root file system of Debian's packages, the program, and Unbound, as an OCI archive.
#
#   packaging/container/build.sh FOLDER VERSION        called by scripts/package.sh container
#
# It runs as an ordinary user on a read-only root; /data is the volume for lists and databases:
#   podman run --read-only -v ./data:/data oci-archive:mxsurvey-VERSION.oci.tar scan -o /data/survey.db /data/domains.txt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$1 version=$2
# shellcheck disable=SC1091 # of the machine
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
archive=$out/mxsurvey-$version.oci.tar

fail() { echo "container: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "a root file system is made as root: sudo ./scripts/package.sh container"
for tool in mmdebstrap umoci; do
    command -v $tool >/dev/null || fail "$tool is missing: ./scripts/packages.sh package"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree

cmake -G Ninja -S "$root" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build "$work/build"
DESTDIR=$work/program cmake --install "$work/build" --prefix /usr --strip >/dev/null

# The libraries the program was linked with, by the packages that hold them.
libraries=$(ldd "$work/program/usr/bin/mxsurvey" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | while read -r file; do
    real=$(readlink -f "$file")
    dpkg-query -S "$file" "$real" "${real#/usr}" 2>/dev/null | sed -n '1s/:.*//p'
done | sort -u)
# shellcheck disable=SC2086 # a list of names
include=$(printf '%s,' $libraries ca-certificates publicsuffix unbound libcurl4)
mmdebstrap --quiet --mode=root --variant=essential --include="${include%,}" "$release" "$tree"
cp -a "$work/program/." "$tree/"

# What only installing and reading need: a survey runs without it. Unbound is linked with Python, and uses none of it.
rm -rf "$tree"/var/lib/apt "$tree"/var/cache/* "$tree"/var/log/* "$tree"/usr/lib/systemd "$tree"/usr/share/doc "$tree"/usr/share/man \
    "$tree"/usr/share/locale "$tree"/usr/share/info "$tree"/usr/share/bash-completion "$tree"/usr/share/zsh "$tree"/usr/share/fish \
    "$tree"/usr/share/perl* "$tree"/usr/lib/*/perl "$tree"/usr/lib/*/libperl.so* "$tree"/usr/lib/*/perl-base "$tree"/usr/bin/*perl* \
    "$tree"/usr/lib/python3*
mkdir -p "$tree/data"
chown 65532:65532 "$tree/data"
printf 'mxsurvey:x:65532:65532::/data:/usr/sbin/nologin\n' >>"$tree/etc/passwd"
printf 'mxsurvey:x:65532:\n' >>"$tree/etc/group"
find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +

layout=$work/oci
umoci init --layout "$layout"
umoci new --image "$layout:mxsurvey:$version"
umoci insert --image "$layout:mxsurvey:$version" "$tree" /
umoci config --image "$layout:mxsurvey:$version" --config.user 65532:65532 --config.entrypoint /usr/bin/mxsurvey --config.cmd --help \
    --config.workingdir /data --config.volume /data --config.env HOME=/data
umoci gc --layout "$layout"
tar cC "$layout" --sort=name --owner=0 --group=0 --mtime="@$SOURCE_DATE_EPOCH" . >"$archive"
(cd "$out" && sha256sum "$(basename "$archive")" >"$(basename "$archive").sha256")
echo "==> $archive, $(du -h "$archive" | cut -f1)"
