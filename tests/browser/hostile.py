#!/usr/bin/env python3
"""hostile.py DB: puts hostile strings (faults F26) wherever a report prints what somebody else wrote.

Host names, provider names, network names, list name, notes, refused lines, options, versions, the sentences of findings.
The strings are those of tests/fault/hostile.txt (JSON, one a line) and markup in every frame it may have to break out of.
"""
import json
import os
import sqlite3
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TAGS = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg/onload=alert`1`>",
        "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>", "<a href=javascript:alert(1)>x</a>", "<math><mi//xlink:href>",
        "<style>*{display:none}</style>", "<link rel=stylesheet href=//127.0.0.1:9/x.css>", "<base href=//127.0.0.1:9/>",
        "<meta http-equiv=refresh content='0;url=//127.0.0.1:9/'>", "<object data=//127.0.0.1:9/x>", "<embed src=//127.0.0.1:9/x>",
        "<form action=//127.0.0.1:9/><input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video src=x onerror=alert(1)>",
        "<!--", "-->", "<![CDATA[", "]]>", "</title>", "</script>", "</style>", "</textarea>", "</svg>", "</table>", "</pre></code>", "</desc>",
        "<template>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<xmp>", "<plaintext>"]
FRAMES = ["%s", "\"%s", "'%s", "\">%s", "'>%s", "</td>%s", "</text>%s"]
OTHERS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "\x1b[2J", "\x1b]0;title\x07", "\x00after nul", "\x9b31m",
          "\u202egnp.exe", "\u2066\u2069", "\u200b\ufeff", "a\\.b", "a\\000b", "&lt;b&gt;", "&#60;script&#62;", "javascript:alert(1)",
          "' OR 1=1 --", "'; DROP TABLE run; --", "${7*7}", "{{7*7}}", "%s%n%s", "a" * 1020, "x" * 65536, "\ud83d\ude00".encode("utf-16", "surrogatepass")
          .decode("utf-16"), "名前.例え", "\xff\xfe", "\U000e0041", "onmouseover=alert(1) x=", "\\u003cscript\\u003e", "`alert(1)`", "</", "<", ">", "&", "\"", "'"]


def strings():
    made = [frame % tag for tag in TAGS for frame in FRAMES] + OTHERS
    with open(os.path.join(HERE, "..", "fault", "hostile.txt"), encoding="ascii") as file:
        made += [json.loads(line) for line in file if line.startswith('"')]
    return [s.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for s in made if s != ""]


def spoil(db, texts):
    """Every provider, the largest hosts, networks and all free texts become hostile."""
    db.execute("DROP INDEX IF EXISTS host_name")
    wanted = iter(texts * 50)

    def each(select, update):
        for row in db.execute(select).fetchall():
            db.execute(update, (next(wanted), row[0]))
    db.execute("UPDATE provider SET name = name || '~' || id")
    for (key,) in db.execute("SELECT id FROM provider ORDER BY id").fetchall():
        db.execute("UPDATE provider SET name = ? WHERE id = ?", ("%s %d" % (next(wanted), key), key))
    each("SELECT id FROM host WHERE name <> '' ORDER BY id LIMIT 2000", "UPDATE host SET name = ? WHERE id = ?")
    each("SELECT id FROM asn", "UPDATE asn SET name = ? WHERE id = ?")
    each("SELECT id FROM asn WHERE country IS NOT NULL", "UPDATE asn SET country = ? WHERE id = ?")
    each("SELECT code FROM finding", "UPDATE finding SET sentence = ? WHERE code = ?")
    each("SELECT code FROM finding", "UPDATE finding SET advice = ? WHERE code = ?")
    each("SELECT id FROM resolver", "UPDATE resolver SET address = ? WHERE id = ?")
    db.execute("UPDATE list SET name = ?", (texts[0],))
    db.execute("UPDATE ruleset SET source = ?, digest = ?", (texts[1], texts[2]))
    (run,) = db.execute("SELECT max(id) FROM run").fetchone()
    db.execute("UPDATE run SET options = ?, versions = ?, input_digest = ? WHERE id = ?",
               (json.dumps({text[:200]: text for text in texts}), json.dumps({text[:200]: text for text in texts}), texts[3], run))
    db.executemany("INSERT INTO run_note VALUES (?, 1, ?, ?)", [(run, text, text) for text in texts])
    db.executemany("INSERT INTO run_input (run_id, position, path, lines, format, how, sha256, citation, passed_over) VALUES (?, ?, ?, 1, 'csv', ?, ?, ?, 0)",
                   [(run, 1000 + at, text, text, text, text) for at, text in enumerate(texts[:40])])
    spoil_facets(db, texts, wanted)
    db.executemany("INSERT INTO reject VALUES (?, 0, 1, ?, ?)", [(run, text, text) for text in texts])


def spoil_facets(db, texts, wanted):
    """Columns that are called like this, and one whose values are all of these."""
    for (key,) in db.execute("SELECT id FROM facet ORDER BY id").fetchall():
        db.execute("UPDATE facet SET name = ? WHERE id = ?", (next(wanted), key))
    key, = db.execute("SELECT max(id) + 1 FROM facet").fetchone()
    db.execute("INSERT INTO facet (id, list_id, name) SELECT ?, min(id), ? FROM list", (key, "<img src=x onerror=alert(1)>'?1"))
    db.executemany("INSERT INTO facet_value VALUES (?, ?, ?)", [(key, at + 1, text) for at, text in enumerate(texts)])
    first, last = db.execute("SELECT min(id), max(id) FROM domain").fetchone()
    for block in range(first // 256, last // 256 + 1):
        codes = b"".join((2 * ((block * 256 + at) % len(texts) + 1)).to_bytes(2, "big") for at in range(256))
        db.execute("INSERT INTO facet_block (facet_id, block, first_run, width, codes) VALUES (?, ?, 1, 2, ?)", (key, block, codes))


def main():
    texts = strings()
    assert len(texts) >= 200, len(texts)
    db = sqlite3.connect(sys.argv[1])
    spoil(db, texts)
    db.commit()
    db.close()
    print(len(texts))


if __name__ == "__main__":
    main()
