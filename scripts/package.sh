#!/bin/sh
# Makes packages of this checkout into build/packages.
#
#   ./scripts/package.sh deb         Debian package, of this machine's release (dpkg-buildpackage, lintian)
#   ./scripts/package.sh rpm         RPM (rpmbuild)
#   ./scripts/package.sh container   container image as an OCI archive, from Debian's packages
#   ./scripts/package.sh source      source archive, with a checksum
#
# The version is CMakeLists.txt's; the date is the last commit's, so that the same commit makes the same bytes.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/build/packages
version=$(sed -n 's/^project(mxsurvey VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
suffix=$(sed -n 's/^set(MXS_VERSION_SUFFIX "\(.*\)").*/\1/p' "$root/CMakeLists.txt")

say() { printf '==> %s\n' "$*"; }
fail() { echo "package: $*" >&2; exit 1; }
need() {
    command -v "$1" >/dev/null || fail "$1 is missing: ./scripts/packages.sh package"
}

# The files of the checkout as committed; in an archive without git, all of them but builds.
copy_to() {
    mkdir -p "$1"
    if git -C "$root" rev-parse HEAD >/dev/null 2>&1; then
        git -C "$root" archive HEAD | tar xC "$1"
    else
        tar cC "$root" --exclude=./build . | tar xC "$1"
    fi
}

epoch() {
    git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CMakeLists.txt"
}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(epoch)}
export SOURCE_DATE_EPOCH

make_source() {
    name=mxsurvey-$version$suffix
    work=$(mktemp -d)
    copy_to "$work/$name"
    tar cC "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$name" |
        gzip -9n >"$out/$name.tar.gz"
    rm -rf "$work"
    (cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
    say "$out/$name.tar.gz"
}

make_deb() {
    need dpkg-buildpackage
    work=$(mktemp -d)
    tree=$work/mxsurvey
    copy_to "$tree"
    cp -r "$tree/packaging/debian" "$tree/debian"
    # A release candidate sorts before its release: 1.0.0~rc1.
    printf 'mxsurvey (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- The mxsurvey developers <mxsurvey@example.org>  %s\n' \
        "$version$(printf %s "$suffix" | sed 's/^-/~/')" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" >"$tree/debian/changelog"
    (cd "$tree" && dpkg-buildpackage -us -uc -b)
    cp "$work"/*.deb "$out"
    if command -v lintian >/dev/null; then
        lintian --pedantic --fail-on error,warning "$work"/*.changes || fail "lintian found something, see above"
    fi
    rm -rf "$work"
    say "$out: $(cd "$out" && echo *.deb)"
}

make_rpm() {
    need rpmbuild
    make_source
    work=$(mktemp -d)
    rpmbuild -bb --nodeps --define "_topdir $work" --define "_sourcedir $out" --define "mxs_version $version" \
        --define "mxs_suffix ${suffix:-%{nil}}" --define "use_source_date_epoch_as_buildtime 1" "$root/packaging/rpm/mxsurvey.spec"
    find "$work/RPMS" -name '*.rpm' -exec cp {} "$out" ';'
    rm -rf "$work"
    say "$out: $(cd "$out" && echo *.rpm)"
}

make_container() {
    "$root/packaging/container/build.sh" "$out" "$version$suffix"
}

[ $# -gt 0 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$out"
for kind in "$@"; do
    case $kind in
    deb | rpm | container | source) "make_$kind" ;;
    *) fail "no package of kind '$kind'; there are deb, rpm, container and source" ;;
    esac
done
