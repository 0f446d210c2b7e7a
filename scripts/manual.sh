#!/bin/sh
# Fills a manual page: @COMMANDS@ with what the program itself says of every command, @RECORD@ with what it says of every
# member of a record, @VIEWS@ with the question above every view, @MANUAL@ with docs/manual.md. So a page cannot name an option
# that is not there, nor miss a member or a view.
#
#   scripts/manual.sh PAGE.scd MXSURVEY VIEWS.SQL... | scdoc
set -eu
page=$1 program=$2
here=$(cd "$(dirname "$0")" && pwd)
shift 2
"$program" --version >/dev/null

commands() {
    COLUMNS=76
    export COLUMNS
    "$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\)  .*/\1/p' | while read -r name; do
        printf '## %s\n\n```\n' "$name"
        "$program" help "$name" </dev/null
        printf '```\n\n'
    done
}

members() {
    "$program" export --schema | sed -n 's/^"[^"]*":{"title":"\([^"]*\)","description":"\([^"]*\)".*/\1\t\2/p' | awk -F '\t' '
        { gsub(/[*_\\~#<>\[\]]/, "\\\\&"); printf "*%s*\n\t%s\n\n", $1, $2 }'
}

questions() {
    awk '
        /^-- / { sub(/^-- /, ""); text = text == "" ? $0 : text " " $0; next }
        /^CREATE VIEW / { gsub(/[*_\\~#<>]/, "\\\\&", text); printf "*%s*\n\t%s\n\n", $3, text }
        { text = "" }' "$@"
}

while IFS= read -r line; do
    case $line in
    @COMMANDS@) commands ;;
    @RECORD@) members ;;
    @MANUAL@) awk -f "$here/markdown.awk" "$here/../docs/manual.md" ;;
    @VIEWS@) questions "$@" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$page"
