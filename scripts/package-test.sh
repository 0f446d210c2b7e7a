#!/bin/sh
# Tries the Debian package in fresh roots of a release, as root: built twice in different folders (equal byte for byte, lintian clean), installed,
# used, upgraded, removed and purged, and its units under a booted systemd.
#
#   ./scripts/package-test.sh bookworm|trixie [FOLDER]
#
# FOLDER keeps roots, so that another turn need not fetch them again: FOLDER/bookworm.base is mmdebstrap's, unchanged. Without it all is removed.
# What the committed tree holds is tried. Exits 77 where mmdebstrap or root is missing. Nothing is started outside of the roots.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
release=${1:-}
case $release in
bookworm | trixie) ;;
*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] && command -v mmdebstrap >/dev/null || { echo "package-test: skipped: needs root and mmdebstrap (./scripts/packages.sh package)"; exit 77; }

say() { printf '==> %s: %s\n' "$release" "$*"; }
fail() { echo "package-test: $release: $*" >&2; exit 1; }

kept=${2:-}
if [ -n "$kept" ]; then
    mkdir -p "$kept"
    folder=$(cd "$kept" && pwd)
else
    folder=$(mktemp -d)
fi
maker=$folder/$release.make
user=$folder/$release.use
finish() {
    release_mounts
    if [ -n "$kept" ]; then rm -rf "$maker" "$user"; else rm -rf "$folder"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

[ -d "$folder/$release.base" ] || mmdebstrap --quiet --mode=root --variant=minbase "$release" "$folder/$release.base" || fail "mmdebstrap failed"

fresh() {
    rm -rf "$1"
    cp -a "$folder/$release.base" "$1"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io" # the root is thrown away: nothing in it must survive a crash
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount --make-rslave "$1/dev"
}
# Only what a login would have.
inside() {
    root=$1
    shift
    chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        SOURCE_DATE_EPOCH="$epoch" sh -euc "$*"
}
release_mounts() {
    for root in "$maker" "$user"; do
        ! mountpoint -q "$root/proc" || umount "$root/proc"
        ! mountpoint -q "$root/dev" || umount -R "$root/dev"
    done
}
epoch=$(git -C "$here" log -1 --format=%ct)

say "building twice"
release_mounts
fresh "$maker"
for place in src other/folder; do
    mkdir -p "$maker/$place"
    git -C "$here" archive HEAD | tar xC "$maker/$place"
done
inside "$maker" '/src/scripts/packages.sh build docs package' >"$folder/$release.packages.log" 2>&1 || { tail -5 "$folder/$release.packages.log"; fail "packages"; }
inside "$maker" '/src/scripts/package.sh deb' >"$folder/$release.deb.log" 2>&1 || { tail -25 "$folder/$release.deb.log"; fail "package.sh deb"; }
sed -n '/^Now running lintian/,$p; /^[EWIP]: /p; /^N: /p' "$folder/$release.deb.log" | sort -u
inside "$maker" '/other/folder/scripts/package.sh deb' >"$folder/$release.deb2.log" 2>&1 || { tail -25 "$folder/$release.deb2.log"; fail "package.sh deb"; }
for deb in "$maker"/src/build/packages/*.deb; do
    cmp "$deb" "$maker/other/folder/build/packages/$(basename "$deb")" || fail "two builds differ"
done
say "lintian clean; equal byte for byte: $(cd "$maker/src/build/packages" && sha256sum -- *.deb | cut -c1-16,65- | tr '\n' ' ')"

say "installing"
fresh "$user"
mkdir "$user/debs"
cp "$maker"/src/build/packages/*.deb "$user/debs"
cp -r "$here/packaging/debian/tests" "$user/tests"
inside "$user" 'apt-get -q update && apt-get -q -y --no-install-recommends install /debs/mxsurvey_*.deb nsd sqlite3 man-db zsh bash-completion' \
    >"$folder/$release.install.log" 2>&1 || { tail -5 "$folder/$release.install.log"; fail "cannot be installed"; }
say "installed: $(inside "$user" 'dpkg-query -W -f "\${Installed-Size} KB, needs \${Depends}" mxsurvey')"
[ "$(inside "$user" 'sh /tests/survey' | tail -1)" = ok ] || fail "packaging/debian/tests/survey failed"
# Debian's images leave manual pages out by dpkg's path-exclude: where they were left in, they must be readable.
inside "$user" 'for page in mxsurvey mxsurvey-views mxsurvey-manual; do man "$page" 2>/dev/null | grep -q NAME || { echo "no manual page $page"; exit 1; }; done'
inside "$user" 'zsh -fc "autoload -Uz compinit && compinit -D && [ \$_comps[mxsurvey] = _mxsurvey ]"' || fail "zsh does not find its completion"
inside "$user" 'bash -c ". /usr/share/bash-completion/bash_completion; _completion_loader mxsurvey 2>/dev/null || true; complete -p mxsurvey" >/dev/null' ||
    fail "bash does not find its completion"
[ -z "$(find "$user/etc/systemd" -name 'mxsurvey*')" ] || fail "a timer is enabled by itself"
inside "$user" 'cut -d: -f1 /etc/passwd | grep -q mxsurvey' && fail "a system user was made, and the unit needs none"
say "surveys, reports, manual pages, completions of bash and zsh; no timer enabled, no user made"

if [ "${MXS_AUTOPKGTEST:-yes}" = yes ] && command -v autopkgtest >/dev/null; then
    mkdir "$folder/$release.tree"
    git -C "$here" archive HEAD | tar xC "$folder/$release.tree"
    cp -r "$here/packaging/debian" "$folder/$release.tree/debian"
    printf 'mxsurvey (0) unstable; urgency=medium\n\n  * Tried.\n\n -- The mxsurvey developers <mxsurvey@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n' \
        >"$folder/$release.tree/debian/changelog"
    code=0
    autopkgtest "$user"/debs/mxsurvey_*.deb "$folder/$release.tree" -- chroot "$user" >"$folder/$release.autopkgtest.log" 2>&1 || code=$?
    rm -rf "$folder/$release.tree"
    [ $code -eq 0 ] || [ $code -eq 2 ] || { tail -15 "$folder/$release.autopkgtest.log"; fail "autopkgtest exits $code"; }
    say "autopkgtest: $(grep -E '^survey +(PASS|FAIL|SKIP)' "$folder/$release.autopkgtest.log" | tail -1)"
fi

say "booting"
inside "$maker" 'cd /src && cmake --preset release -DMXS_SAMPLE=ON >/dev/null && cmake --build --preset release --target mxs_sample mxs_server mxs_internet' \
    >"$folder/$release.support.log" 2>&1 || { tail -5 "$folder/$release.support.log"; fail "support programs do not build"; }
inside "$user" 'apt-get -q -y --no-install-recommends install systemd-sysv dbus iproute2 procps unbound' >"$folder/$release.systemd.log" 2>&1 ||
    { tail -5 "$folder/$release.systemd.log"; fail "systemd cannot be installed"; }
MXS_UNIT_ROOT=$user MXS_SOURCE=$here MXSURVEY=$user/usr/bin/mxsurvey MXS_SUPPORT=$maker/src/build/release/tests/support \
    python3 -B "$here/tests/e2e/systemd_test.py" >"$folder/$release.boot.log" 2>&1 || { tail -40 "$folder/$release.boot.log"; fail "the unit under systemd"; }
say "under systemd $(inside "$user" 'dpkg-query -W -f "\${Version}" systemd'): $(sed -n 's/^skipped: /skipped: /p;s/^OK.*/the timer fires, a killed night resumes, hooks run/p' \
    "$folder/$release.boot.log" | head -1)"

say "upgrading and purging"
inside "$user" '
    mkdir -p /etc/mxsurvey /var/lib/mxsurvey/nightly
    printf "one.example\n" >/etc/mxsurvey/nightly.txt
    printf "[scan]\nrate = 7\n" >/etc/mxsurvey.ini
    echo database >/var/lib/mxsurvey/nightly/survey.db
    dpkg-deb -R /debs/mxsurvey_*.deb /newer
    sed -i "s/^\(Version: .*\)/\1+later/" /newer/DEBIAN/control
    dpkg-deb -b /newer /later.deb >/dev/null
    apt-get -q -y install /later.deb >/dev/null 2>&1
    dpkg-query -W -f "\${Version}\n" mxsurvey | grep -q later
    grep -q 7 /etc/mxsurvey.ini && grep -q one /etc/mxsurvey/nightly.txt && grep -q database /var/lib/mxsurvey/nightly/survey.db
    apt-get -q -y purge mxsurvey >/purge.log 2>&1
    grep -q database /var/lib/mxsurvey/nightly/survey.db && grep -q one /etc/mxsurvey/nightly.txt
    grep "holds surveys or lists of yours" /purge.log
    ! command -v mxsurvey
    [ -z "$(find / -xdev -path /proc -prune -o -path /newer -prune -o -name "*mxsurvey*" -print | grep -v -e ^/debs -e ^/etc/mxsurvey -e ^/var/lib/mxsurvey -e ^/var/cache/man)" ]
' || fail "upgrade or purge does not keep what it should, or leaves what it should not"
say "an upgrade keeps databases, lists and configuration; a purge leaves lists and databases, says so, and leaves nothing else"
