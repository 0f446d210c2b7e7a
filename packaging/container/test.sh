#!/bin/sh
# A survey inside the image, as root: as the image's ordinary user, on a read-only root, through an Unbound of its own, twice into one
# database on a volume; the questions go to a small internet in a network namespace.
#
#   packaging/container/test.sh SUPPORT [IMAGE]       SUPPORT has mxs_internet (build/dev/tests/support); without IMAGE it is built
#
# Exits 77 where podman is missing or may run no container here.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
skip() { echo "container: skipped: $*"; exit 77; }
fail() { echo "container: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] && command -v podman >/dev/null && command -v mmdebstrap >/dev/null || skip "needs root, podman and mmdebstrap"

if [ -z "${MXS_CONTAINER_INSIDE:-}" ]; then
    support=$(cd "$1" && pwd)
    image=${2:-}
    if [ -z "$image" ]; then
        "$root/scripts/package.sh" container >&2
        image=$(ls "$root"/build/packages/mxsurvey-*.oci.tar)
    fi
    export MXS_CONTAINER_INSIDE=yes
    exec unshare --net --mount --pid --fork --mount-proc --kill-child "$0" "$support" "$image"
fi

support=$1 image=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ip link set lo up
umount /sys/fs/cgroup/unified 2>/dev/null || true # crun takes control groups of either version, not of both
mkdir "$work/data"
"$support/mxs_internet" --list 300 --sound >"$work/data/domains.txt"
sleep 300 | "$support/mxs_internet" --hints "$work/data/root.hints" --sound --seconds 300 >"$work/ready" &
for _ in $(seq 100); do
    ! grep -q '^ready ' "$work/ready" || break
    sleep 0.1
done
chown -R 65532:65532 "$work/data"

# podman asks for more open files and processes than there may be, where root may not raise its own limits.
hard() { awk -v what="Max $1" 'index($0, what) == 1 { print $(NF - 1) ":" $(NF - 1) }' /proc/self/limits; }
in_image() {
    podman --root "$work/store" --runroot "$work/run" --storage-driver vfs run --rm --read-only --network host --cgroups=disabled \
        --ulimit "nofile=$(hard 'open files')" --ulimit "nproc=$(hard processes)" -v "$work/data:/data" "$@" 2>"$work/said"
}
in_image "oci-archive:$image" --version >/dev/null || skip "podman runs no container here: $(tail -1 "$work/said")"
for _ in first second; do
    in_image "oci-archive:$image" scan -q --recursor --recursor-hints root.hints -o survey.db domains.txt || fail "a survey exits $?"
done
[ "$(stat -c %u "$work/data/survey.db")" = 65532 ] || fail "the database is not the ordinary user's"
in_image --entrypoint /bin/sh "oci-archive:$image" -c '[ "$(id -u)" = 65532 ] && ! touch /usr/x 2>/dev/null' || fail "not an ordinary user, or not read-only"
in_image "oci-archive:$image" diff survey.db --exit-code >/dev/null || fail "two surveys of one world differ"
names=$(in_image "oci-archive:$image" export survey.db | grep -c '"state":"mx"') || true
[ "$names" -gt 200 ] || fail "$names of 300 names have MX hosts"
size=$(stat -c %s "$image")
[ "$size" -le 60000000 ] || fail "the image has $size bytes, more than 60 MB"
echo "container: two surveys of 300 names ($names with MX hosts) as user 65532 on a read-only root; the image has $size bytes"
