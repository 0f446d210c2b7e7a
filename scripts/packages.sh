#!/bin/sh
# The one list of Debian packages, and how they are installed.
#
#   ./scripts/packages.sh build test     installs what is missing, as root or through sudo
#   ./scripts/packages.sh --list build   prints the names only
#
# Groups: build (the program), recursor (what scan --recursor starts), docs (manual pages, and sqlite3 for their examples), test (all of ctest), shells (completion syntax checks),
# grid (engines that run shards), bench (an outside reference), package (what scripts/package.sh makes packages with), browser (what reports write is read by those it is for: a browser, LaTeX, JSON Schema).
set -eu

packages_of() {
    case $1 in
    build) echo build-essential cmake ninja-build pkg-config publicsuffix \
                libc-ares-dev libuv1-dev libsqlite3-dev libpsl-dev libidn2-dev libarchive-dev libcsv-dev libldns-dev \
                libmaxminddb-dev libinih-dev libsmartcols-dev libseccomp-dev nettle-dev libcurl4-openssl-dev libssl-dev zlib1g-dev ;;
    recursor) echo unbound ;;
    docs) echo scdoc man-db sqlite3 ;;
    test) echo libcriterion-dev python3 nsd unbound dnsutils faketime iptables iproute2 \
               libmaxmind-db-writer-perl ldnsutils python3-spf python3-yaml zstd openssl ca-certificates clang libclang-rt-dev systemd systemd-container binutils valgrind prometheus ;;
    shells) echo bash zsh fish shellcheck ;;
    bench) echo dnsperf ;;
    package) echo dpkg-dev debhelper lintian rpm mmdebstrap umoci podman crun git ;;
    grid) echo parallel openssh-server openssh-client slurmctld slurmd slurm-client munge ;;
    browser) echo chromium nodejs npm poppler-utils python3-jsonschema texlive-latex-base texlive-latex-recommended ;;
    *) echo "packages.sh: no group '$1'; there are build, recursor, docs, test, shells, bench, package, grid and browser" >&2; return 2 ;;
    esac
}

only_list=
if [ "${1:-}" = --list ]; then
    only_list=yes
    shift
fi

wanted=
for group in "$@"; do
    names=$(packages_of "$group") || exit 2
    wanted="$wanted $names"
done
if [ -n "$only_list" ]; then
    # shellcheck disable=SC2086 # a list of words
    printf '%s\n' $wanted
    exit 0
fi

# A Node.js that came another way brings its own npm, and Debian's would not go beside it.
installed() {
    case $1 in
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    *) dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii' ;;
    esac
}

missing=
for name in $wanted; do
    installed "$name" || missing="$missing $name"
done
if [ -z "$missing" ]; then
    echo "packages: all there ($*)"
    exit 0
fi

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "packages: these are missing and I am neither root nor is there sudo; as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

# Name servers are wanted as programs for the tests, not as services of this machine: nothing is started, now or at boot.
services=
for name in nsd unbound prometheus slurmctld slurmd munge; do
    case " $missing " in *" $name "*) services="$services $name" ;; esac
done
policy=/usr/sbin/policy-rc.d
hold_services() {
    [ -n "$services" ] && [ ! -e $policy ] || return 0
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
    $as_root chmod 755 $policy
    trap '$as_root rm -f $policy' EXIT INT TERM
}

# What apt itself says it will fetch and take: "Need to get 126 MB ...", from apt 3 on "Download size: 126 MB".
announce() {
    # shellcheck disable=SC2086 # a list of words
    LC_ALL=C apt-get -q --assume-no --no-install-recommends install $missing 2>/dev/null |
        sed -n 's/^ *\(Need to get .*\)/packages: \1/p; s/^ *\(After this operation.*\)/packages: \1/p;
                s/^ *\(Download size: .*\)/packages: \1/p; s/^ *\(Space needed: .*\)/packages: \1/p' || true
}

echo "packages: installing$missing"
hold_services
# shellcheck disable=SC2086 # lists of words
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 update
    announce
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
        install --no-install-recommends $missing
}
if [ -d /run/systemd/system ]; then
    for name in $services; do
        $as_root systemctl disable --now "$name" >/dev/null 2>&1 || true
    done
fi
