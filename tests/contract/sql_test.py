"""Bound parameters only: no statement is made of text that came from outside.

Every text that SQLite is given must be words of ours: a literal (macros of literals may stand in it), a constant of them, or
the parameter of a function whose callers are then held to the same. A statement put together by snprintf may take numbers. The
few places that take words as well are named below, each with where its words come from.

And no number stands for a word: codes of the vocabulary are bound as well, so that model/vocabulary.h is the one place that knows them.
"""
import re

import law

# function: which argument is a statement. Those that take `const char *sql` themselves are added as they are found.
TAKES = {"sqlite3_exec": 1, "sqlite3_prepare_v2": 1, "sqlite3_prepare_v3": 1}
NAMED = {
    ("db/migrate.c", "mxs_schema_sql"): "db/schema.sql, embedded",
    ("db/migrate.c", "mxs_migrate_3_sql"): "db/migrate_3.sql, embedded",
    ("db/migrate.c", "mxs_migrate_4_sql"): "db/migrate_4.sql, embedded",
    ("db/migrate.c", "views[i]"): "db/views, embedded",
    ("db/check.c", "ranges[i].sql"): "the static table ranges",
    ("db/cover.c", "text"): "db/views, embedded, with TEMP in front of VIEW",
    ("db/migrate.c", "sql"): "DROP VIEW of a name made of a-z and _",
    ("db/history.c", "sql"): "names of tables and columns, literals of the callers",
    ("db/history.c", "steps[i].text"): "the same",
    ("db/history.c", "sql.text"): "the same",
    ("db/impact.c", "sql"): "the static table name_of_kind, and a number",
    ("reports/data/subset.c", "select"): "static table of literals",
    ("reports/data/subset.c", "insert"): "static table of literals",
    ("db/words.c", "table->insert"): "literals of model/vocabulary.c",
    ("reports/data/catalog.c", "entry->sql"): "the static table mxs_catalog",
    ("reports/data/catalog.c", "sql"): "the same inside a count",
    ("reports/data/diff_walk.c", "sql"): "overlap, a literal beside it",
    ("reports/page/page_groups.c", "sql.buffer"): "names of findings, only of a-z, 0-9 and _ (is_plain)",
    ("reports/page/page_method.c", "entry->sql"): "the static table mxs_catalog",
    ("reports/page/page_section.c", "table.sql"): "literals of this file",
    ("scanner/run/policy_merge.c", "sql"): "table names, literals of the callers",
    ("scanner/run/record_pool.c", "pools->kind->entries"): "literals of record_kind.c",
    ("scanner/run/record_pool.c", "kind->told"): "the same",
    ("scanner/run/record_pool.c", "kind->remove"): "the same",
    ("scanner/run/record_pool.c", "kind->insert"): "the same",
    ("scanner/run/record_pool.c", "kind->grown"): "the same",
    ("scanner/run/run.c", "statements[i]"): "static tables of literals",
    ("scanner/run/shard_copy.c", "read"): "literals of this file",
    ("scanner/run/shard_copy.c", "write"): "literals of this file",
}
# A word of the vocabulary as its number, and where one may stand.
CODE = re.compile(r"\b(?:(?:a|aaaa|registrable)_)?(?:outcome|state|backup|role|severity|kind|result|reason|mode|single_point)\s*"
                  r"(?:=|<>|!=|<|>|(?:NOT )?IN|IS(?: NOT)?)\s*\(?\s*\d")
CODES_NAMED = {
    ("db/migrate.c", "a_outcome = 0"): "numbers of the schema that it leaves behind",
    ("db/migrate.c", "aaaa_outcome = 0"): "the same",
    ("reports/command/runs.c", "kind = 0"): "of the journal, which has no words: db/schema.sql",
}
WORDS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[A-Z][A-Z_0-9]*(?:\((?:[^()"]|"(?:[^"\\]|\\.)*")*\))?|\s)+')
NUMBERS = re.compile(r"%(?:ll|z|l)?[diu]|%%")


def arguments(text, at):
    """Of the call whose parenthesis opens at `at`."""
    found, depth, start, quoted = [], 0, at + 1, False
    while True:
        c = text[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c == "(":
            depth += 1
        elif c in "),":
            if depth == 1:
                found.append(text[start:at].strip())
                start = at + 1
            depth -= c == ")"
            if depth == 0:
                return found
        at += 1


def is_words(text):
    """A literal, or one of two by a condition."""
    text = re.sub(r"^[^?\"]*\?", "", text) if re.match(r"[^\"?]*\?", text) else text
    return '"' in text and all(WORDS.fullmatch(part) for part in re.split(r"\s:\s", text))


def takers(texts):
    """(file or None for all, name, which argument) of functions with a parameter `const char *sql`."""
    for file, text in texts.items():
        for match in re.finditer(r"^([a-z][\w *]*?)\b(\w+)\(([^;{}]*?const char \*sql\b[^;{}]*)\)\s*\{", text, re.M | re.S):
            at = next(i for i, p in enumerate(match[3].split(",")) if p.strip() == "const char *sql")
            yield file if match[1].startswith("static") else None, match[2], at


def formats_of(text, name):
    for match in re.finditer(r"\bsnprintf\(" + re.escape(name) + r",", text):
        yield arguments(text, match.end() - len(name) - 2)[2]


def function_around(text, at):
    """From the last line that begins in the first column and opens a function, to the call."""
    return text[max((m.start() for m in re.finditer(r"^[a-z][^;{}=]*\)\s*\{", text[:at], re.M)), default=0):at]


def breach_of(file, text, at, told):
    """Why this argument may not be given to SQLite, or None."""
    if is_words(told) or (file, told) in NAMED:
        return None
    if re.fullmatch(r"\w+_sql", told) and re.search(r"^static const char " + told + r"\[\] =\s*" + WORDS.pattern + ";", text, re.M):
        return None
    before = function_around(text, at)
    if told == "sql" and "const char *sql" in before:
        return None
    formats = list(formats_of(before, told)) if re.fullmatch(r"\w+", told) else []
    if formats and all(is_words(f) and "%" not in NUMBERS.sub("", f) for f in formats):
        return None
    return f"`{' '.join(told.split())[:60]}` is not words of ours"


def check(texts):
    """(breaches, calls, the named places that were met)"""
    found, wrong, calls, met = list(takers(texts)), [], 0, set()
    for file, text in texts.items():
        takes = {**TAKES, **{name: at for where, name, at in found if where in (None, file)}}
        pattern = re.compile(r"(?<![\w>.])(" + "|".join(sorted(takes, key=len, reverse=True)) + r")\(")
        for match in pattern.finditer(text):
            told = arguments(text, match.end() - 1)
            if len(told) <= takes[match[1]] or told[takes[match[1]]] == "const char *sql":
                continue  # its own declaration, or another function of that name
            calls += 1
            told = told[takes[match[1]]]
            met.add((file, told))
            why = breach_of(file, text, match.start(), told)
            if why:
                wrong.append(f"{file}:{text.count(chr(10), 0, match.start()) + 1}: {match[1]}: {why}: bind what comes from outside")
    return wrong, calls, met


def codes(texts):
    """(breaches, the named ones that were met): numbers of words in literals."""
    wrong, met = [], set()
    for file, text in texts.items():
        for literal in re.finditer(r'"((?:[^"\\]|\\.)*)"', text):
            for code in CODE.finditer(literal[1]):
                met.add((file, code[0]))
                if (file, code[0]) not in CODES_NAMED:
                    line = text.count(chr(10), 0, literal.start()) + 1
                    wrong.append(f"{file}:{line}: `{code[0]}` is a number for a word: bind the constant of model/vocabulary.h")
    return wrong, met


def self_test():
    """The law finds what it should."""
    for bad in ("a_outcome = 0", "x.state IN (1", "v.state NOT IN (2", "role <> 2", "backup IS 1"):
        assert codes({"x.c": f'f("SELECT 1 WHERE {bad})");'})[0], bad
    assert not codes({"x.c": 'f("WHERE outcome = ?3 AND mx_set_id = 0 AND kind = \'0\'"); if (state == 1)'})[0]
    good = 'static int f(struct s *s, const char *sql)\n{\n    return sqlite3_exec(s, sql, 0);\n}\n' \
           'int g(void)\n{\n    char sql[9];\n    snprintf(sql, sizeof sql, "SELECT %lld", n);\n    return f(s, sql);\n}\n' \
           'int h(void)\n{\n    return f(s, "SELECT (1), 2" OF_RUN) + f(s, a == 1\n ? "SELECT 1" : "SELECT 2");\n}\n'
    assert check({"x.c": good})[0] == [], check({"x.c": good})
    for bad in (good.replace("%lld", "'%s'"), good.replace("f(s, sql);", "f(s, typed);"), good.replace(' : "SELECT 2"', " : typed"),
                good.replace("OF_RUN", "words"), good.replace('snprintf(sql, sizeof sql, "SELECT %lld", n);', "strcat(sql, typed);")):
        assert bad != good and len(check({"x.c": bad})[0]) == 1, bad


def main():
    self_test()
    files = [path for room in law.rooms() for path in room.files] + [law.SOURCE / "mxsurvey.c"]
    texts = {str(path.relative_to(law.SOURCE)): path.read_text(encoding="utf-8") for path in files if path.suffix == ".c"}
    wrong, calls, met = check(texts)
    wrong += [f"tests/contract/sql_test.py: {file} has no {told} any more: take it out" for file, told in set(NAMED) - met]
    numbers, met = codes(texts)
    wrong += numbers + [f"tests/contract/sql_test.py: {file} has no {told} any more: take it out" for file, told in set(CODES_NAMED) - met]
    if calls < 100:
        wrong.append(f"only {calls} statements were found: this test has gone blind")
    law.finish(wrong, f"{calls} statements: all of our own words, {len(NAMED)} places named")


main()
