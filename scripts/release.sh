#!/bin/sh
# Makes a release of this commit in build/packages: source archive, checksum, and its section of CHANGELOG.md.
#
#   ./scripts/release.sh
#
# Refuses what would not be a release: uncommitted files, a version CHANGELOG.md does not know, two archives that differ.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/build/packages
fail() { echo "release: $*" >&2; exit 1; }

version=$(sed -n 's/^project(mxsurvey VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
suffix=$(sed -n 's/^set(MXS_VERSION_SUFFIX "\(.*\)").*/\1/p' "$root/CMakeLists.txt")
name=$version$suffix
[ -z "$(git -C "$root" status --porcelain)" ] || fail "there are uncommitted files: commit or remove them first"
grep -q "^## $name\b" "$root/CHANGELOG.md" || fail "CHANGELOG.md has no section '## $name': write it, or correct the version in CMakeLists.txt"

"$root/scripts/package.sh" source
first=$(sha256sum <"$out/mxsurvey-$name.tar.gz")
"$root/scripts/package.sh" source
[ "$first" = "$(sha256sum <"$out/mxsurvey-$name.tar.gz")" ] || fail "two archives of one commit differ"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xzC "$work" -f "$out/mxsurvey-$name.tar.gz"
cmake -G Ninja -S "$work/mxsurvey-$name" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
cmake --build "$work/build"
"$work/build/mxsurvey" --version | grep -qF "$name" || fail "the archive builds a program of another version"

awk -v head="## $name" 'index($0, head) == 1 { on = 1; print; next } on && /^## / { exit } on' "$root/CHANGELOG.md" \
    >"$out/mxsurvey-$name.changes.md"
echo "==> $out: mxsurvey-$name.tar.gz, .sha256, .changes.md; tag it: git tag -s v$name"
