#!/usr/bin/python3
"""Writes tests/fuzz/seeds/message: one small file for each shape of answer the reader knows.

The same files every time: run it again after adding a shape. The first octet is the type's number in
message_fuzz.c, the rest is the message.
"""
import os
import struct

TYPES = {"MX": (0, 15), "A": (1, 1), "AAAA": (2, 28), "TXT": (3, 16), "SRV": (4, 33), "TLSA": (5, 52),
         "CNAME": (6, 5), "NS": (7, 2)}
QUESTION = b"\xc0\x0c"


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".") if p) + b"\0"


def record(owner, kind, rdata, ttl=300, klass=1):
    number = TYPES[kind][1] if kind in TYPES else kind
    return owner + struct.pack(">HHIH", number, klass, ttl, len(rdata)) + rdata


def message(kind="MX", answers=(), authority=(), additional=(), flags=0x8180, asked="example.org", counts=None):
    index, number = TYPES[kind]
    head = struct.pack(">HHHHHH", 7, flags, *(counts or (1, len(answers), len(authority), len(additional))))
    question = name(asked) + struct.pack(">HH", number, 1)
    return bytes([index]) + head + question + b"".join((*answers, *authority, *additional))


def mx(preference, host, owner=QUESTION, **more):
    return record(owner, "MX", struct.pack(">H", preference) + (host if isinstance(host, bytes) else name(host)), **more)


def cname(owner, target):
    return record(owner, "CNAME", name(target))


def opt(extended=0):
    return b"\0" + struct.pack(">HHIH", 41, 1232, extended << 24, 0)


TWO = (mx(10, "mx1.example.net"), mx(20, b"\3mx2\xc0\x2f"))
SOA = record(name("org"), 6, name("a.example") + name("b.example") + struct.pack(">IIIII", 1, 2, 3, 4, 5))

SEEDS = {
    "mx-two": message(answers=TWO, additional=(opt(),)),
    "mx-one-uncompressed": message(answers=(mx(5, "mail.example.org", owner=name("EXAMPLE.org")),)),
    "mx-null": message(answers=(mx(0, ""),)),
    "mx-null-and-other": message(answers=(mx(0, ""), mx(10, "a.example"))),
    "mx-duplicates": message(answers=(mx(1, "a.example"),) * 20),
    "mx-escapes": message(answers=(mx(1, b"\6a.b\\\0\xff\0"),)),
    "mx-long-target": message(answers=(mx(1, (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"b" * 61 + b"\0"),)),
    "mx-over-long-target": message(answers=(mx(1, (b"\x3f" + b"a" * 63) * 4 + b"\0"),)),
    "mx-twenty": message(answers=tuple(mx(i, "mx%d.example" % i) for i in range(20))),
    "mx-limit": message(answers=tuple(mx(i, "") for i in range(1001))),
    "mx-foreign-owner": message(answers=(mx(10, "a.example", owner=name("example.net")),)),
    "mx-class-chaos": message(answers=(mx(10, "a.example", klass=3),)),
    "mx-ttl-sign": message(answers=(mx(10, "a.example", ttl=0xffffffff),)),
    "mx-short-rdata": message(answers=(record(QUESTION, "MX", b"\0\1"),)),
    "mx-left-over-rdata": message(answers=(mx(10, b"\1a\0\0"),)),
    "nodata": message(authority=(SOA,), additional=(opt(),)),
    "nxdomain": message(flags=0x8183, authority=(SOA,)),
    "servfail": message(flags=0x8182), "refused": message(flags=0x8185), "formerr": message(flags=0x8181),
    "notimp": message(flags=0x8184), "notauth": message(flags=0x8189), "badvers": message(additional=(opt(1),)),
    "header-only-refused": b"\0" + struct.pack(">HHHHHH", 7, 0x8185, 0, 0, 0, 0),
    "header-only-noerror": b"\0" + struct.pack(">HHHHHH", 7, 0x8180, 0, 0, 0, 0),
    "short": b"\0\0\7\x81",
    "query": message(flags=0x0100), "opcode-update": message(flags=0xa980),
    "truncated-empty": message(flags=0x8380), "truncated-short-count": message(flags=0x8380, counts=(1, 40, 0, 0)),
    "truncated-cut": message(flags=0x8380, answers=TWO)[:-9],
    "cut": message(answers=TWO)[:-9], "trailing": message(answers=TWO) + b"\0",
    "counts-65535": message(counts=(1, 65535, 65535, 65535)), "two-questions": message(counts=(2, 0, 0, 0)),
    "pointer-self": message(answers=(mx(1, b"\xc0\x2b"),)), "pointer-forward": message(answers=(mx(1, b"\xc0\x2d\0\0"),)),
    "pointer-outside": message(answers=(mx(1, b"\xff\xff"),)),
    "pointer-ladder": message(answers=(record(b"\0", 65280, QUESTION + b"".join(
        struct.pack(">H", 0xc000 | 40 + 2 * i) for i in range(130))), mx(1, b"\xc1\x20"))),
    "label-reserved": message(answers=(mx(1, b"\x41a\0"),)),
    "chain": message(answers=(cname(QUESTION, "b.example"), mx(1, "m.example", owner=name("b.example")))),
    "chain-backwards": message(answers=(mx(1, "m.example", owner=name("c.example")), cname(name("b.example"), "c.example"),
                                        cname(QUESTION, "b.example"))),
    "chain-loop": message(answers=(cname(QUESTION, "b.example"), cname(name("b.example"), "example.org"))),
    "chain-17": message(answers=tuple(cname(name("c%d.example" % i) if i else QUESTION, "c%d.example" % (i + 1))
                                      for i in range(17))),
    "chain-nodata": message(answers=(cname(QUESTION, "b.example"),)),
    "chain-nxdomain": message(flags=0x8183, answers=(cname(QUESTION, "b.example"),)),
    "cname-asked": message("CNAME", answers=(cname(QUESTION, "b.example"),)),
    "a": message("A", answers=(record(QUESTION, "A", b"\x14\1\1\x0a"),)),
    "a-five-bytes": message("A", answers=(record(QUESTION, "A", b"\x14\1\1\x0a\0"),)),
    "aaaa": message("AAAA", answers=(record(QUESTION, "AAAA", bytes(range(16))),)),
    "txt": message("TXT", answers=(record(QUESTION, "TXT", b"\7v=spf1 \4-all"), record(QUESTION, "TXT", b"\0"))),
    "txt-cut-string": message("TXT", answers=(record(QUESTION, "TXT", b"\x09v=spf1"),)),
    "srv": message("SRV", answers=(record(QUESTION, "SRV", struct.pack(">HHH", 1, 2, 443) + name("a.example")),)),
    "tlsa": message("TLSA", answers=(record(QUESTION, "TLSA", b"\3\1\1" + bytes(32)),)),
    "other-type": message("NS", answers=(record(QUESTION, "NS", name("ns.example")),)),
    "signed": message(answers=(*TWO, record(QUESTION, 46, bytes(40))), flags=0x81a0, additional=(opt(),)),
    "root-asked": message(asked="", answers=(mx(1, "a.example", owner=b"\0"),)),
}


def main():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds", "message")
    os.makedirs(folder, exist_ok=True)
    for seed, data in SEEDS.items():
        with open(os.path.join(folder, seed), "wb") as out:
            out.write(data)
    print(len(SEEDS), "seeds in", folder)


if __name__ == "__main__":
    main()
