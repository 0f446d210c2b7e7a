# Markdown as docs/manual.md is written in, to scdoc: headings, paragraphs, lists, tables, fenced blocks; in a line `code`, **strong**,
# *words* and [links](to). The title is dropped. Tables of two columns become terms with what they mean, wider ones stay tables.

function escaped(text) {
    gsub(/[*_\\~#<>\[\]]/, "\\\\&", text)
    return text
}

# What stands between two marks becomes bold or underlined; an unclosed mark is itself.
function inline(text,    out, end, mark) {
    out = ""
    while (match(text, /`|\*|\[/)) {
        mark = substr(text, RSTART, 1)
        out = out escaped(substr(text, 1, RSTART - 1))
        text = substr(text, RSTART + 1)
        if (mark == "`" && (end = index(text, "`")) > 0) {
            out = out bold(substr(text, 1, end - 1))
            text = substr(text, end + 1)
        } else if (mark == "*" && substr(text, 1, 1) == "*" && (end = index(substr(text, 2), "**")) > 0) {
            out = out bold(substr(text, 2, end - 1))
            text = substr(text, end + 3)
        } else if (mark == "*" && (end = index(text, "*")) > 1) {
            out = out "_" escaped(substr(text, 1, end - 1)) "_"
            text = substr(text, end + 1)
        } else if (mark == "[" && match(text, /^[^\]]*\]\([^)]*\)/)) {
            out = out bold(substr(text, 1, index(text, "]") - 1))
            text = substr(text, RLENGTH + 1)
        } else {
            out = out escaped(mark)
        }
    }
    return out escaped(text)
}

# scdoc wants a mark to stand at the border of a word: where none is, the text stays plain.
function bold(text) {
    return text ~ /^[^ ].*[^ ]$|^[^ ]$/ ? "*" escaped(text) "*" : escaped(text)
}

function flush() {
    if (text != "") print (list ? "- " : "") inline(text) (list ? "" : "\n")
    text = ""
}

function end_list() {
    flush()
    if (list) print ""
    list = 0
}

function cells(line,    i, n) {
    gsub(/\\\|/, "\001", line)
    sub(/^\| */, "", line)
    sub(/ *\|$/, "", line)
    n = split(line, cell, / *\| */)
    for (i = 1; i <= n; i++) gsub(/\001/, "|", cell[i])
    return n
}

/^```/ { end_list(); fenced = !fenced; print "```"; if (!fenced) print ""; next }
fenced { gsub(/\\/, "\\\\\\\\"); print; next } # scdoc reads a backslash in a fenced block, too
/^# / { next }
/^## / { end_list(); print "# " toupper(escaped(without_marks(substr($0, 4)))) "\n"; next }
/^### / { end_list(); print "## " escaped(without_marks(substr($0, 5))) "\n"; next }
/^\|/ {
    if (!table) { end_list(); head = $0; table = 1; next }
    if ($0 ~ /^\|[-|: ]+$/) {
        columns = cells(head)
        if (columns > 2) for (i = 1; i <= columns; i++) print (i == 1 ? "[[ " : ":[ ") "*" escaped(cell[i]) "*"
        next
    }
    cells($0)
    if (columns == 2) {
        print inline(cell[1]) "\n\t" inline(cell[2]) "\n"
    } else {
        for (i = 1; i <= columns; i++) print (i == 1 ? "|  " : ":  ") inline(cell[i])
    }
    next
}
table { table = 0; if (columns > 2) print "" }
/^$/ { if (!list) flush(); next }
/^- / { flush(); list = 1; text = substr($0, 3); next }
/^  / && list { text = text " " substr($0, 3); next }
{ if (list) end_list(); text = text == "" ? $0 : text " " $0 }
END { end_list() }

function without_marks(line) {
    gsub(/`/, "", line)
    return line
}
