#!/bin/sh
# Makes a release of this commit in build/packages: source archive, checksum, and its section of CHANGELOG.md.
#
#   ./scripts/release.sh
#
# Refuses what would not be a release: uncommitted files, a version CHANGELOG.md does not know, two archives that differ, an archive whose
# programs, built without git in two folders, one with a blank in its name, differ.
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
for folder in "one folder" other; do
    mkdir "$work/$folder"
    tar xzC "$work/$folder" -f "$out/mxsurvey-$name.tar.gz"
    (cd "$work/$folder/mxsurvey-$name" && cmake --preset release >/dev/null && cmake --build --preset release)
done
program=mxsurvey-$name/build/release/mxsurvey
cmp "$work/one folder/$program" "$work/other/$program" || fail "the archive builds another program in another folder"
"$work/other/$program" --version | grep -qF "$name" || fail "the archive builds a program of another version"

awk -v head="## $name" 'index($0, head) == 1 { on = 1; print; next } on && /^## / { exit } on' "$root/CHANGELOG.md" \
    >"$out/mxsurvey-$name.changes.md"
echo "==> $out: mxsurvey-$name.tar.gz, .sha256, .changes.md; tag it: git tag -s v$name"
