"""Mail servers that speak almost SMTP, and certificates and TLSA records that are almost right (F45): none makes a false fact."""
import pathlib
import subprocess

import fault
import harness
import mailworld

HOST = "mx.example.net"
BANNER = "220 mx.example.net ESMTP\r\n"
OFFER = "250-mx\r\n250 STARTTLS\r\n"
RUBBISH = bytes(range(128)).decode("latin-1") * 50

# name -> (what it says step by step, outcome, starttls, does TLS stand)
SAID = {
    "a keyword of 10 KB": ([BANNER, None, f"250-mx\r\n250-{'K' * 10000}\r\n250 STARTTLS\r\n", None, "TLS", None, "250 mx\r\n"], "ready", "offered", True),
    "STARTTLS with 2 KB behind it": ([BANNER, None, f"250-mx\r\n250 STARTTLS {'x' * 2000}\r\n", None, "502 no\r\n"], "ready", "failed", False),
    "STARTTLS and NUL": ([BANNER, None, "250-mx\r\n250 STARTTLS\0\r\n", None, "TLS", None, "250 mx\r\n"], "ready", "offered", True),
    "NUL before STARTTLS": ([BANNER, None, "250-mx\r\n250-\0STARTTLS\r\n250 HELP\r\n"], "ready", "unknown", False),
    "8 bit before STARTTLS": ([BANNER, None, "250-mx\r\n250-\xffSTARTTLS\r\n250 HELP\r\n"], "ready", "unknown", False),
    "a line feed alone": (["220 mx\n", None, "250-mx\n250 STARTTLS\n", None, "TLS", None, "250 mx\n"], "ready", "offered", True),
    "a carriage return alone": ([BANNER, None, "250-mx\r250 STARTTLS\r"], "timeout", "unknown", False),
    "a carriage return within a line": ([BANNER, None, "250-mx\r\n250-SIZE 1\r250-STARTTLS\r\n250 HELP\r\n"], "ready", "unknown", False),
    "a space before the keyword": ([BANNER, None, "250-mx\r\n250- STARTTLS\r\n250 HELP\r\n", None, "TLS", None, "250 mx\r\n"], "ready", "offered", True),
    "a tab behind the keyword": ([BANNER, None, "250-mx\r\n250 STARTTLS\t\r\n", None, "TLS", None, "250 mx\r\n"], "ready", "offered", True),
    "an equals sign behind the keyword": ([BANNER, None, "250-mx\r\n250 STARTTLS=\r\n", None, "TLS", None, "250 mx\r\n"], "ready", "offered", True),
    "another keyword": ([BANNER, None, "250-mx\r\n250 STARTTLS-NOT\r\n"], "ready", "absent", False),
    "every line is the last": ([BANNER, None, "250 mx\r\n250 STARTTLS\r\n"], "ready", "unknown", False),
    "every line is the last, one by one": ([BANNER, None, "250 mx\r\n", 0.2, "250 STARTTLS\r\n"], "ready", "unknown", False),
    "250 with the banner": ([BANNER + "250 hello\r\n", None, "250 mx\r\n"], "ready", "unknown", False),
    "250 behind the banner": ([BANNER, 0.3, "250 hello\r\n", None, OFFER], "ready", "unknown", False),
    "the banner twice": ([BANNER, 0.2, BANNER, None, OFFER], "protocol", "unknown", False),
    "codes that change": ([BANNER, None, "250-mx\r\n251 HELP\r\n"], "protocol", "unknown", False),
    "251 to EHLO": ([BANNER, None, "251 mx\r\n"], "protocol", "unknown", False),
    "a code alone": (["220\r\n", None, "250\r\n"], "ready", "absent", False),
    "a code below": (["199 mx\r\n"], "protocol", "unknown", False),
    "a code above": (["600 mx\r\n"], "protocol", "unknown", False),
    "UTF-16": (["\xff\xfe2\0002\0000\000 \0m\0x\0\r\0\n\0"], "protocol", "unknown", False),
    "a banner of 60 KB": ([f"220 {'x' * 60000}\r\n", None, "250 mx\r\n"], "ready", "absent", False),
    "no last line": ([BANNER, None, "250-mx\r\n250-HELP\r\n"], "timeout", "unknown", False),
    "HELO only, 550": ([BANNER, None, "550 what?\r\n", None, "250 mx\r\n"], "ready", "unknown", False),
    "HELO only, 501": ([BANNER, None, "501 syntax\r\n", None, "250 mx\r\n"], "ready", "unknown", False),
    "neither EHLO nor HELO": ([BANNER, None, "555 no\r\n", None, "555 no\r\n"], "rejecting", "unknown", False),
    "521 to EHLO": ([BANNER, None, "521 no mail here\r\n"], "rejecting", "unknown", False),
    "451 to EHLO": ([BANNER, None, "451 4.7.1 not now\r\n"], "busy", "unknown", False),
    "421 to HELO": ([BANNER, None, "502 no\r\n", None, "421 not now\r\n"], "busy", "unknown", False),
    "5xx of a bad moment": (["554 Service unavailable, try again later\r\n"], "busy", "unknown", False),
    "5xx with a code of class 4": (["550 4.3.2 system not accepting mail\r\n"], "busy", "unknown", False),
    "5xx about our greeting": ([BANNER, None, "550 invalid HELO\r\n"], "busy", "unknown", False),
    "plaintext where TLS should begin": ([BANNER, None, OFFER, None, "220 go\r\n", 0.3, "250 mx\r\n"], "ready", "offered", False),
    "421 within TLS": ([BANNER, None, OFFER, None, "TLS", None, "421 not now\r\n"], "ready", "offered", True),
    "rubbish within TLS": ([BANNER, None, OFFER, None, "TLS", None, RUBBISH], "ready", "offered", True),
    "5,000 lines within TLS": ([BANNER, None, OFFER, None, "TLS", None, "250-x\r\n" * 5000], "ready", "offered", True),
}


class F45(fault.FaultCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        self.authority = mailworld.Authority(self.folder)

    def meet(self, plays, **options):
        """plays: {name: {"play": ..., "host": ..., "tlsa": [...]}}. Returns the row of each."""
        places = {name: f"20.{number // 200}.{number % 200 + 1}.25" for number, name in enumerate(plays)}
        server = mailworld.MailServer(self.folder, {"*": {"play": "plain"}, **{places[name]: {"patience": 60, **play} for name, play in plays.items()}})
        self.addCleanup(server.stop)
        targets = [(places[name], play.get("host", HOST), None, *play.get("tlsa", ())) for name, play in plays.items()]
        targets += [(f"30.{i}.1.1", f"well{'abc'[i]}.example.org") for i in range(3)]  # a network where somebody speaks
        found, _, words = mailworld.meet(self.folder, targets, "--timeout", 2500 * harness.SLOW, ca=self.authority.file, **options)
        self.assertEqual(words, [])
        return {name: found[places[name]] for name in plays}

    def test_what_is_almost_smtp(self):
        right = str(self.authority.certificate("right", [HOST]))
        found = self.meet({name: {"play": "steps", "steps": steps, "cert": right} for name, (steps, *_) in SAID.items()})
        for name, (_, outcome, starttls, stands) in SAID.items():
            with self.subTest(name):
                row = found[name]
                self.assertEqual((row["outcome"], row["starttls"], row["tls"] is not None), (outcome, starttls, stands), row)
        self.figure(rows=len(SAID))

    def test_who_refuses_at_once_is_no_blocked_port(self):
        """Of 200 that are met together 120 refuse within a moment, before anybody else has greeted."""
        mailworld.command("ip", "route", "add", "unreachable", "40.0.0.0/8")
        self.addCleanup(mailworld.command, "ip", "route", "del", "unreachable", "40.0.0.0/8")
        late, away = {f"20.{i}.1.1": {"play": "plain", "delay": 2} for i in range(80)}, [f"40.{i}.1.1" for i in range(120)]
        server = mailworld.MailServer(self.folder, late)
        self.addCleanup(server.stop)
        found, _, words = mailworld.meet(self.folder, [(address, HOST) for address in [*away, *late]], "--rate", 0)
        self.assertEqual((words, {found[address]["outcome"] for address in late}, {found[address]["outcome"] for address in away}), ([], {"ready"}, {"unreachable"}))

    def sign(self, name, alternative, subject=f"/CN={HOST}", key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), more="", **options):
        """alternative: the value of subjectAltName as openssl's configuration has it; None: there is none."""
        extensions = (f"subjectAltName={alternative}\n" if alternative else "") + more
        return str(self.authority.sign(name, extensions, subject, key=key, **options))

    @staticmethod
    def names(*raw):
        """An alternative name of any bytes."""
        body = b"".join(b"\x82" + bytes([len(name)]) + name for name in raw)
        return "DER:" + ":".join(f"{at:02x}" for at in b"\x30" + bytes([len(body)]) + body)

    def certificates(self):
        """name -> (PEM, host, pkix, does it name the host, names shown, TLS at most)"""
        of, sign, only = self.names, self.sign, {"subject": "/O=Nobody"}
        right = sign("right", f"DNS:{HOST}")
        authority = self.authority.file.read_bytes()
        many = pathlib.Path(self.folder) / "many.pem"
        many.write_bytes(pathlib.Path(right).read_bytes() + authority * 49)
        alone = pathlib.Path(self.folder) / "alone.pem"
        alone.write_bytes(pathlib.Path(right).read_bytes().replace(authority, b""))
        deep = "a.b.example.net"
        return {
            "P-521": (sign("p521", f"DNS:{HOST}", key=("ec", "-pkeyopt", "ec_paramgen_curve:P-521")), HOST, "ok", True, [HOST]),
            "Ed25519": (sign("ed25519", f"DNS:{HOST}", key=("ed25519",)), HOST, "ok", True, [HOST]),
            "RSA of 8,192 bits": (self.large(), HOST, "ok", True, [HOST]),
            "TLS 1.0": (right, HOST, "ok", True, [HOST], "TLSv1"),
            "51 certificates": (many, HOST, "ok", True, [HOST]),
            "no authority beside it": (alone, HOST, "ok", True, [HOST]),
            "a common name alone": (sign("common", None), HOST, "name_mismatch", False, []),
            "no name at all": (sign("none", None, **only), HOST, "name_mismatch", False, []),
            "an address beside a common name": (sign("address", "IP:20.0.1.25"), HOST, "name_mismatch", False, []),
            "NUL in a name": (sign("nul", of(b"mx.example.net\0.example.org"), **only), HOST, "name_mismatch", False, ["mx.example.net\\x00.example.org"]),
            "a name behind NUL": (sign("behind", of(b"example.org\0mx.example.net")), HOST, "name_mismatch", False, ["example.org\\x00mx.example.net"]),
            "an empty name": (sign("empty", of(b"")), HOST, "name_mismatch", False, [""]),
            "8 bit in a name": (sign("eight", of("müx.example.net".encode()), **only), HOST, "name_mismatch", False, ["m\\xc3\\xbcx.example.net"]),
            "a line feed in a name": (sign("line", of(b"mx.example.net\n<b>"), **only), HOST, "name_mismatch", False, ["mx.example.net\\x0a<b>"]),
            "a wildcard": (sign("wild", "DNS:*.example.net", **only), HOST, "ok", True, ["*.example.net"]),
            "a wildcard of two levels": (sign("wild2", "DNS:*.*.example.net", **only), deep, "name_mismatch", False, ["*.*.example.net"]),
            "a wildcard for one level": (sign("wild1", "DNS:*.example.net", **only), deep, "name_mismatch", False, ["*.example.net"]),
            "a wildcard in a label": (sign("partial", "DNS:m*.example.net", **only), HOST, "name_mismatch", False, ["m*.example.net"]),
            "a wildcard for all": (sign("all", "DNS:*", **only), HOST, "name_mismatch", False, ["*"]),
            "an A-label": (sign("idn", "DNS:xn--mx-fka.example.net", **only), "xn--mx-fka.example.net", "ok", True, ["xn--mx-fka.example.net"]),
            "for clients": (sign("client", f"DNS:{HOST}", more="extendedKeyUsage=clientAuth\n"), HOST, "invalid", True, [HOST]),
            "an unknown critical extension": (sign("critical", f"DNS:{HOST}", more="1.2.3.4=critical,DER:05:00\n"), HOST, "invalid", True, [HOST]),
            "expired, and another's": (sign("old", "DNS:example.org", when="2 years ago", days=30, **only), HOST, "expired", False, ["example.org"]),
            "not yet": (sign("young", f"DNS:{HOST}", when="+2 years"), HOST, "not_yet_valid", True, [HOST]),
            "in the year 9,999": (sign("long", f"DNS:{HOST}", days=2900000), HOST, "ok", True, [HOST]),
        }

    def large(self):
        """Of five primes, since that is found in seconds; who verifies does not see it."""
        key = pathlib.Path(self.folder) / "large.key"
        mailworld.command("openssl", "genrsa", "-primes", 5, "-out", key, 8192)
        return self.sign("large", f"DNS:{HOST}", key=key)

    def test_certificates_of_every_kind(self):
        mailworld.need("faketime")
        given = self.certificates()
        found = self.meet({name: {"play": "tls", "cert": pem, "host": host, **({"tls_max": more[0]} if more else {})}
                           for name, (pem, host, _, _, _, *more) in given.items()})
        for name, (_, _, pkix, matches, names, *more) in given.items():
            with self.subTest(name):
                row, certificate = found[name], found[name]["certificate"]
                self.assertEqual((row["outcome"], row["tls"]), ("ready", more[0] if more else "TLSv1.3"), row)
                self.assertEqual((certificate["pkix"], certificate["matches"], certificate["names"]), (pkix, matches, names), row)
        keys = {name: (found[name]["certificate"]["key"], found[name]["certificate"]["bits"]) for name in ("P-521", "Ed25519", "RSA of 8,192 bits")}
        self.assertEqual(keys, {"P-521": ("EC", 521), "Ed25519": ("ED25519", 256), "RSA of 8,192 bits": ("RSA", 8192)})
        self.assertEqual([found[name]["certificate"]["chain"] for name in ("51 certificates", "no authority beside it")], [51, 1])
        self.assertEqual({name for name, row in found.items() if row["certificate"]["expired"]}, {"expired, and another's"})
        self.figure(certificates=len(given))

    def test_the_name_that_is_sent_chooses_the_certificate(self):
        right, other = self.sign("right", f"DNS:{HOST}"), self.sign("other", "DNS:default.example.org", subject="/O=Nobody")
        play = {"play": "tls", "cert": other, "by_name": {HOST: right}}
        found = self.meet({"named": play, "unknown": {**play, "host": "mx2.example.net"}})
        self.assertEqual({name: (row["certificate"]["pkix"], row["certificate"]["names"]) for name, row in found.items()},
                         {"named": ("ok", [HOST]), "unknown": ("name_mismatch", ["default.example.org"])})

    def test_a_server_that_asks_for_a_certificate_of_ours(self):
        """TLS 1.3 lets the client believe that it stands, until the alert comes behind it."""
        play = {"play": "tls", "cert": self.sign("right", f"DNS:{HOST}"), "asks_certificate": True}
        found = self.meet({"1.3": play, "1.2": {**play, "tls_max": "TLSv1_2"}})
        self.assertEqual({name: (row["starttls"], row["tls"], row["tls_failure"]) for name, row in found.items()},
                         {"1.3": ("failed", None, "alert certificate required"), "1.2": ("failed", None, "alert handshake failure")})

    def test_tlsa_records_of_every_kind(self):
        """RFC 7672: usages 2 and 3 alone, what cannot be used says nothing, and the strongest digest of a kind decides (RFC 7671, 9)."""
        mailworld.need("faketime")
        right, old = self.sign("right", f"DNS:{HOST}"), self.sign("old", "DNS:example.org", subject="/O=Nobody", when="2 years ago", days=30)
        common = self.sign("common", None)
        elsewhere, ended = self.sign("elsewhere", "DNS:example.org", subject="/O=Nobody"), self.sign("ended", f"DNS:{HOST}", when="2 years ago", days=30)
        good, root = self.authority.tlsa(right), self.authority.tlsa(None, usage=2, selector=0)
        whole = mailworld.command("openssl", "x509", "-in", right, "-outform", "DER").hex()
        sha512 = subprocess.run(["openssl", "dgst", "-sha512", "-binary"], input=bytes.fromhex(whole), capture_output=True, check=True).stdout.hex()
        wrong = "030101" + "00" * 32
        cases = {"3 1 1": (right, [good], "ok"), "3 0 0": (right, ["030000" + whole], "ok"), "3 0 2": (right, ["030002" + sha512], "ok"),
                 "2 0 1": (right, [root], "ok"), "2 1 1": (right, [self.authority.tlsa(None, usage=2)], "ok"), "wrong": (right, [wrong], "mismatch"),
                 "wrong and right": (right, [wrong, good], "ok"), "another authority": (right, ["020001" + "00" * 32], "mismatch"),
                 "usage 0": (right, ["00" + root[2:]], "unknown"), "usage 1": (right, ["01" + good[2:]], "unknown"),
                 "usage 1, wrong": (right, ["010101" + "00" * 32], "unknown"), "usage 1, wrong, and 3 1 1": (right, ["010101" + "00" * 32, good], "ok"),
                 "usage 4": (right, ["04" + good[2:]], "unknown"), "selector 2": (right, ["0302" + good[4:]], "unknown"),
                 "matching 9": (right, ["030109" + good[6:]], "unknown"), "a short digest": (right, [good[:20]], "unknown"), "no digest": (right, ["030101"], "unknown"),
                 "one octet": (right, ["03"], "unknown"), "no certificate": (right, ["030000" + "3082010100"], "unknown"),
                 "a short one and a wrong one": (right, [good[:20], wrong], "mismatch"), "the strongest digest is wrong": (right, ["030002" + "00" * 64,
                 "030001" + self.authority.tlsa(right, selector=0)[6:]], "mismatch"),
                 "3 1 1, expired and another's": (old, [self.authority.tlsa(old)], "ok"), "2 0 1, another's": (elsewhere, [root], "name_mismatch"),
                 "2 0 1, expired": (ended, [root], "expired"), "2 0 1, a common name": (common, [root], "ok")}
        found = self.meet({name: {"play": "tls", "cert": pem, "tlsa": tlsa} for name, (pem, tlsa, _) in cases.items()})
        self.assertEqual({name: row["certificate"]["dane"] for name, row in found.items()}, {name: dane for name, (_, _, dane) in cases.items()})
        self.figure(records=len(cases))


if __name__ == "__main__":
    harness.main()
