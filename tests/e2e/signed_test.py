"""A signed root of our own: --recursor with --recursor-anchor validates, so that TLSA counts."""
import base64
import hashlib
import socket
import struct
import subprocess

import harness
import internet

TTL, ALGORITHM, SINCE, UNTIL = 300, 8, 1577836800, 1893456000  # RSASHA256; 2020, 2030
TYPES = {**harness.TYPES, "DNSKEY": 48}


def openssl(*words, data=b""):
    return subprocess.run(["openssl", *map(str, words)], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def rdata(kind, words):
    """The wire form of what stands behind the type in a master file."""
    if kind in ("NS", "MX"):
        return (struct.pack("!H", int(words[0])) if kind == "MX" else b"") + harness.wire_name(words[-1])
    if kind == "SOA":
        return harness.wire_name(words[0]) + harness.wire_name(words[1]) + struct.pack("!5I", *map(int, words[2:]))
    if kind in ("A", "AAAA"):
        return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, words[0])
    if kind == "TLSA":
        return bytes(map(int, words[:3])) + bytes.fromhex(words[3])
    return struct.pack("!HBB", *map(int, words[:3])) + base64.b64decode(words[3])


class Key:
    """One key that signs all (RFC 4034; tag: appendix B)."""

    def __init__(self, folder):
        self.path = folder / "key.pem"
        openssl("genrsa", "-out", self.path, 2048)
        modulus = bytes.fromhex(openssl("rsa", "-in", self.path, "-noout", "-modulus").decode().strip().partition("=")[2])
        self.text = f"257 3 {ALGORITHM} {base64.b64encode(bytes([3, 1, 0, 1]) + modulus).decode()}"
        self.wire = rdata("DNSKEY", self.text.split())
        total = sum(byte << 8 if at % 2 == 0 else byte for at, byte in enumerate(self.wire))
        self.tag = (total + (total >> 16)) & 0xffff

    def anchor(self):
        return f". IN DS {self.tag} {ALGORITHM} 2 {hashlib.sha256(bytes(1) + self.wire).hexdigest()}\n"

    def signature(self, owner, kind, sets):
        """The RRSIG line of the records of one name and type."""
        labels = len([label for label in owner.split(".") if label])
        head = struct.pack("!HBBIIIH", TYPES[kind], ALGORITHM, labels, TTL, UNTIL, SINCE, self.tag) + bytes(1)
        name = harness.wire_name(owner)
        body = b"".join(name + struct.pack("!HHIH", TYPES[kind], 1, TTL, len(data)) + data for data in sorted(rdata(kind, s.split()) for s in sets))
        said = base64.b64encode(openssl("dgst", "-sha256", "-sign", self.path, data=head + body)).decode()
        return f"{owner} {TTL} IN RRSIG {kind} {ALGORITHM} {labels} {TTL} 20300101000000 20200101000000 {self.tag} . {said}\n"


class SignedRoot(internet.TestCase):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.key, tlsa = Key(self.folder), "3 1 1 " + "ab" * 32
        records = {(".", "SOA"): ["ns.lab. root.lab. 1 3600 600 86400 300"], (".", "NS"): ["ns.lab."], (".", "DNSKEY"): [self.key.text],
                   ("ns.lab.", "A"): ["127.0.0.1"], ("dane.lab.", "MX"): ["10 mx.lab."], ("mx.lab.", "A"): ["20.1.1.1"],
                   ("mx.lab.", "AAAA"): ["2a10:aa00::1"], ("_25._tcp.mx.lab.", "TLSA"): [tlsa]}
        lines = ["$TTL 300\n"]
        for (owner, kind), sets in records.items():
            lines += [f"{owner} {TTL} IN {kind} {text}\n" for text in sets] + [self.key.signature(owner, kind, sets)]
        self.zone = self.write("root.zone", "".join(lines))
        port, harness.free_port = harness.free_port, lambda: 53  # root hints have no ports
        try:
            self.nsd(master=self.zone)
        finally:
            harness.free_port = port
        self.hints = self.write("hints", "ns.lab. A 127.0.0.1\n")

    def dane(self, *options):
        for path in self.folder.glob("survey.db*"):
            path.unlink()
        result = harness.run("scan", "-q", "-o", self.db, "--checks", "mx,host,transport", "--servfail-wait", 100, "--recursor", "--recursor-hints",
                             self.hints, *options, self.list_file(["dane.lab"]), timeout_s=60 * harness.SLOW)
        self.assertIn(result.code, (0, 3), result)
        validates = self.one("SELECT validates FROM run_resolver")
        return validates, [finding for finding in self.export()["dane.lab"]["findings"] if finding.startswith(("dane", "tls_unprotected"))]

    def test_tlsa_counts_with_the_anchor_and_not_without(self):
        self.assertEqual(self.dane("--recursor-anchor", self.write("anchor", self.key.anchor())), (1, []))
        validates, findings = self.dane()
        self.assertEqual(validates, 0)
        self.assertIn("dane_insecure", findings)
        self.assertEqual(self.one("SELECT state FROM v_domain"), "mx")

    def test_a_wrong_anchor_makes_no_fact(self):
        wrong = self.write("anchor", ". IN DS 1 8 2 " + "00" * 32 + "\n")
        result = harness.run("scan", "-q", "-o", self.db, "--checks", "transport", "--servfail-wait", 100, "--recursor", "--recursor-hints", self.hints,
                             "--recursor-anchor", wrong, self.list_file(["dane.lab"]), timeout_s=60 * harness.SLOW)
        self.assertNotEqual(result.code, 0, result)
        if self.db.exists():
            self.assertEqual(self.rows("SELECT state FROM v_domain WHERE state <> 'undetermined'"), [])


if __name__ == "__main__":
    internet.main()
