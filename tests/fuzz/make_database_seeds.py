#!/usr/bin/env python3
"""Seeds of the targets that read a stranger's database (database.h): rows, some as we write them, some as nobody would."""
import os
import struct

TABLES = """domain host text address mx_entry address_entry domain_history host_history policy policy_history policy_text host_policy_history sts_history measurement member
withdrawal journal sts_fetch provider verdict verdict_label verdict_finding judgement host_label run""".split()
NULL, TTL = 0xFF, 6
ODD = [-1, 0xFF, 0x100, 0xFFFF, 0x10000, 131072, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1, -2**63, 10**9, 4095]
# subject, set, alias, implicit_host, rtt_us, asked_after_s, ttl_s, type, resolver, outcome, attempts, pass, authenticated
WIDTHS = [4, 4, 4, 4, 4, 4, 4, 2, 2, 1, 1, 1, 1]


def value(one):
    if one is None:
        return bytes([NULL])
    if isinstance(one, int):
        return bytes([one if 0 <= one < 0xE0 else 0xE0 + ODD.index(one)])
    raw = one.encode() if isinstance(one, str) else one
    return bytes([len(raw)]) + raw


def row(table, *values):
    return bytes([TABLES.index(table)]) + b"".join(value(v) for v in values)


def pack(rows):
    """As scanner/write/pack.c."""
    head, body = struct.pack("<I", len(rows)), b""
    for i, size in enumerate(WIDTHS):
        numbers = [(r[i] + (i == TTL)) % 2**32 for r in rows]
        least = min(numbers)
        width = (max(numbers) - least).bit_length() + 7 >> 3
        head += struct.pack("<BI", width, least)
        body += b"".join((n - least).to_bytes(width, "little") for n in numbers)
    return head + body


def answer(subject, set=0, outcome=0, type=0, alias=0, implicit=0, resolver=1, passed=0, secure=1):
    return (subject, set, alias, implicit, 1200, 7, 300, type, resolver, outcome, 1, passed, secure)


def numbers(*values):
    """As db/measured.c."""
    out = b""
    for n in values:
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        out += bytes([n])
    return out


def entry(ask, outcome, key, target, *texts):
    """As scanner/checks/content.c."""
    def text(one):
        return b"\xff\xff" if one is None else struct.pack(">H", len(one)) + one.encode()
    return bytes([ask, outcome, len(texts)]) + text(key) + text(target) + b"".join(text(t) for t in texts)


DOMAINS = pack([answer(1, 1), answer(2, 2), answer(3, 3), answer(4, 0, 1, alias=1, implicit=4), answer(5, 0, 2), answer(6, 2)])
HOSTS = pack([answer(1, 1, type=1), answer(1, 3, type=28), answer(2, 2, type=1), answer(2, 0, 1, 28), answer(3, 0, 2, 1), answer(3, 0, 2, 28),
              answer(3, 0, 2), answer(4, 1, type=1), answer(4, 0, 1, 28)])
POLICIES = pack([answer(1, 1, alias=0x012D0000), answer(2, 2, alias=0xFF)])
TLSA = pack([answer(1, 1, implicit=3), answer(2, 0, 1, alias=1, implicit=1)])


def journal(kind, rows, first=1, last=6):
    return row("journal", kind + 1, 3, kind, first, last, rows)


def verdict(labels, state=0, role=0, provider=1, count=None, size=None):
    """Something of the size of a packed verdict; what the machine's own are is not known here."""
    head = bytearray(size or 72)
    return bytes(head) + struct.pack("<IHBB", provider, 10000, role, 90) * labels


def write(target, seeds):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds", target)
    os.makedirs(folder, exist_ok=True)
    for name, seed in seeds.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(seed)
    print(len(seeds), "seeds in", folder)



CONTENT = b"\x01" + b"".join(entry(ask, 0, "s.example", "t.example", "v=spf1 mx -all", "v=DMARC1; p=none") for ask in range(14))
JOURNAL = journal(0, DOMAINS) + journal(1, HOSTS) + journal(2, POLICIES) + journal(3, TLSA)
ROWS = {
    "address": row("address", 1, bytes(64), "x", "y", 1, 2),
    "address-short": row("address", 1, b"\x01", "x", "y", 1, 2),
    "address-entry": row("address_entry", 1, 0, 200) + row("address_entry", 2, 1, 2**32 - 1),
    "mx-entry": row("mx_entry", 1, 10, 99) + row("mx_entry", 2, 0x10000, 2**32 + 1),
    "mx-many": b"".join(row("mx_entry", 1, n, 1) for n in range(60)),
    "domain": row("domain", 200, "z.example") + row("domain", 7, "") + row("domain", 8, bytes([0, 255, 46]).decode("latin-1")),
    "domain-outcome": row("domain_history", 1, 1, 1, None, 200, None, None, None),
    "domain-set": row("domain_history", 1, 1, 1, None, 0, 77, None, None) + row("domain_history", 2, 1, 2, None, 1, None, None, 200),
    "host-span": row("host_history", 1, 1, 1, None, 0, 99, 0, 2**31, 200, 100),
    "policy": row("policy", 1, 1, CONTENT[:200], 0) + row("policy_text", 1, 0, "v=spf1", "{\"record\":") + row("policy_text", 1, 4, None, "null}"),
    "policy-span": row("policy_history", 1, 1, 1, None, 200, 1) + row("policy_history", 2, 1, 1, None, 1, 200),
    "tlsa-span": row("host_policy_history", 1, 1, 1, None, 200) + row("host_policy_history", 200, 1, 1, None, 1),
    "sts-span": row("sts_history", 1, 1, 1, None, "1", 200, 200, 200, -1, "mx\n\n*.a.example\n"),
    "measurement": row("measurement", 0, numbers(0, 0, 1, 1, 1, 1200, 7, 301) + numbers(4100, 1, 1, 1, 1200, 7, 0)) +
                   row("measurement", 1, numbers(79, 1, 1, 1, 1, 301) + numbers(1200, 7) * 2) + row("measurement", 2, numbers(16, 1, 1, 1, 1)),
    "measurement-block": row("measurement", 2**32 - 1, numbers(0, 0, 1, 1, 1, 1, 1, 1)) + row("measurement", -1, numbers(0, 1, 2**63, 1, 1, 1, 1, 1)),
    "verdict": row("verdict", 1, 0, *[1] * 13, b"\x01") + row("verdict", 5, 0, *[200] * 13, bytes(96) + b"\xff" * 150),
    "labels": row("verdict_label", 1, 200, 1, 99, 0x10000, 200) + row("verdict_finding", 1, 200) + row("judgement", 1, 1, 1, None, 99) +
              row("host_label", 1, 99, 99),
    "provider": row("provider", 200, "far") + row("provider", 1, "") + row("host", 200, "far.example") + row("text", 99, "far"),
    "run": row("run", 2, 1, "complete", "finish", 1, None, -1, 2, "", "host", "1/1", 1, "{", "[", 1, 2, 3, 4, 1, 1, 2, 0, 0, 0),
    "runs": row("run", 4, 2, "complete", "finish", 1, None, -1, 2, "", "auth", "1/1", 1, "{", "[", 1, 2, 3, 4, 1, 1, 2, 0, 0, 0),
}


def given(ask, outcome, key, target, *texts):
    """An answer of policy_fuzz.c."""
    def text(one):
        return b"\xff" if one is None else bytes([len(one)]) + one.encode()
    head = next(n for n in range(len(texts) * 16, 256) if n % 18 == ask and n // 16 % 4 == len(texts))
    return bytes([head, outcome]) + text(key) + text(target) + b"".join(text(t) for t in texts)


KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
SPF = bytes([1, 0, 45, 1, 0])
ANSWERS = {
    "auth": given(0, 0, None, None, "v=spf1 include:spf.protection.outlook.com mx -all", "MS=ms123", "google-site-verification=x") +
            given(1, 0, None, None, "v=DMARC1; p=reject; sp=none; pct=50; adkim=s; rua=mailto:a@b.example,https://c.example/!10m; ruf=mailto:\"@d") +
            given(3, 0, "example.org", None, "v=DMARC1; p=none \\") + given(11, 0, "b.example", None) + given(11, 5, "c.example", None) +
            given(4, 0, None, None, "v=BIMI1; l=https://a.example/x.svg; a=;") + given(5, 1, None, None) +
            given(6, 0, "selector1", "selector1-a._domainkey.a.onmicrosoft.com", KEY) + given(6, 0, "s\\.2", None, "v=DKIM1; p=") +
            given(6, 5, "late", None) + given(7, 0, None, "autodiscover.outlook.com") + given(8, 0, None, "mail.a.example"),
    "organisation": given(2, 0, "example.org", None, "v=DMARC1; p=quarantine; np=reject; t=y; psd=y") + given(2, 0, "\x7f\"\x1b", None, "v=DMARC1; p"),
    "transport": given(9, 0, None, None, "v=STSv1; id=1;") + given(10, 0, None, None, "v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1;"),
    "no-text": given(0, 0, None, None, None, "x") + given(1, 0, None, None, None),  # found: nothing copied from nowhere
    "keys": given(6, 0, "k", None, KEY, KEY) * 20,
    "reports": given(1, 0, None, None, "v=DMARC1; p=none; rua=" + ",".join("mailto:%d@x.example" % n for n in range(10))) +
               given(11, 0, "x" * 200 + "\"", None) * 25,
}


def main():
    write("policy", {**{name: b"\x00" + SPF + seed for name, seed in ANSWERS.items()}, "packed": b"\x01" + SPF + CONTENT,
                     "packed-cut": b"\x01" + SPF + CONTENT[:100], "no-auth": b"\x02" + SPF + ANSWERS["auth"],
                     "no-transport": b"\x04" + SPF + ANSWERS["transport"], "odd-spf": b"\x00" + bytes([200, 200, 200, 255, 255]) + ANSWERS["auth"]})
    rows = {name: b"\x00" + seed for name, seed in ROWS.items()}
    folds = {
        "fold": JOURNAL,
        "fold-set": journal(0, pack([answer(1, 77), answer(2, 0, 1, implicit=99)])),
        "fold-outcome": journal(0, pack([answer(1, 0, 200), answer(1, 1, 100, passed=2)])) + journal(1, pack([answer(1, 1, 77, 1)])),
        "fold-subject": journal(0, pack([answer(2**32 - 1, 1)])) + journal(1, pack([answer(2**31, 1)]), 0, 2**32 - 1),
        "fold-host-set": journal(0, DOMAINS) + journal(1, pack([answer(1, 99, type=1, alias=99)])),
        "fold-policy": journal(0, DOMAINS) + journal(2, pack([answer(1, 99, alias=2**32 - 2)])) + journal(3, pack([answer(200, 2**32 - 1, 77)])),
        "fold-same": journal(0, struct.pack("<I", 2**32 - 1) + pack([answer(1, 1)])[4:]),
        "fold-withdrawn": JOURNAL + row("withdrawal", 3, 1, 0, 99),
    }
    write("judging", {"world": b"\x00", **rows, **{name: b"\x00" + seed for name, seed in folds.items()},
                      **{name + "-again": b"\x03" + seed for name, seed in folds.items()}, "verdict-again": b"\x03" + ROWS["verdict"]})
    write("reading", {"world-%02d" % n: bytes([n]) for n in range(16)} | {"%s-%02d" % (name, n): bytes([n]) + seed
          for i, (name, seed) in enumerate(ROWS.items()) for n in (i % 16, (i + 5) % 16)})


if __name__ == "__main__":
    main()
