"""Real mail servers, each on several addresses with certificates of a test authority: what is seen of them is what they are."""
import harness
import mailservers
import mailworld

HOST = "mx.example.net"
# certificate -> pkix, whether it is for the name, whether it has expired
CERTIFICATES = {"right": ("ok", True, False), "expired": ("expired", True, True), "wrong": ("name_mismatch", False, False),
                "alone": ("untrusted", True, False)}


def setUpModule():  # pylint: disable=invalid-name
    mailservers.fetch()


class RealServers(harness.TestCase):
    def setUp(self):
        super().setUp()
        mailworld.enter()
        self.folder.chmod(0o755)
        mailworld.accounts(*mailservers.USERS)
        self.authority = mailworld.Authority(self.folder)
        rsa = {"key": ("rsa:2048",)}
        self.pems = {"right": self.authority.certificate("right", [HOST, "other.example.net"], **rsa),
                     "expired": self.authority.certificate("expired", [HOST], when="2 years ago", days=30, **rsa),
                     "wrong": self.authority.certificate("wrong", ["elsewhere.example.org"], **rsa),
                     "alone": self.authority.certificate("alone", [HOST], signed=False, **rsa)}

    def begin(self, make, net):
        addresses = {f"20.{net}.{i}.1": pem for i, pem in enumerate(self.pems.values())}
        server = make(self.folder, addresses)
        self.addCleanup(server.stop)
        return dict(zip(addresses, self.pems))

    def check(self, names, banner, signs=True):
        tlsa = {"right": self.authority.tlsa(self.pems["right"]), "expired": self.authority.tlsa(self.pems["expired"]),
                "wrong": self.authority.tlsa(None, usage=2, selector=0), "alone": self.authority.tlsa(self.pems["right"])}
        dane = {"right": "ok", "expired": "ok", "wrong": "name_mismatch", "alone": "mismatch"}
        found, _, words = mailworld.meet(self.folder, [(address, HOST, None, tlsa[name]) for address, name in names.items()],
                                         ca=self.authority.file)
        self.assertEqual(words, [])
        for address, name in names.items():
            row = found[address]
            self.assertEqual((row["outcome"], row["starttls"]), ("ready", "offered"), row)
            if signs or row["tls"]:
                self.assertEqual((row["tls"], row["tls_failure"]), ("TLSv1.3", None), row)
            else:
                self.assertEqual(row["tls_failure"], "alert internal error", row)
            self.assertIn(banner, row["banner"])
            certificate = row["certificate"]
            self.assertEqual((certificate["pkix"], certificate["matches"], certificate["expired"]), CERTIFICATES[name], row)
            self.assertEqual((name, certificate["dane"]), (name, dane[name]))
            self.assertEqual((certificate["key"], certificate["bits"], certificate["chain"]), ("RSA", 2048, 1 if name == "alone" else 2))
        right = next(address for address, name in names.items() if name == "right")
        self.assertEqual(found[right]["certificate"]["names"], [HOST, "other.example.net"])
        self.assertEqual(found[right]["certificate"]["issuer"], "CN=Test Root,O=Test Authority")
        return found

    def test_postfix(self):
        self.check(self.begin(mailservers.Postfix, 21), "ESMTP Postfix")

    def test_postfix_behind_postscreen(self):
        screened = {"20.22.1.1": self.pems["right"]}
        server = mailservers.Postfix(self.folder, {}, screened)
        self.addCleanup(server.stop)
        found = self.check({"20.22.1.1": "right"}, "ESMTP Postfix")
        self.assertGreaterEqual(found["20.22.1.1"]["banner_ms"], 1900, "it waits to see who speaks too early")
        log = (server.folder / "log").read_text(encoding="utf-8")
        self.assertIn("PASS NEW", log)
        self.assertNotIn("PREGREET", log)

    def test_exim(self):
        self.check(self.begin(mailservers.Exim, 23), "ESMTP Exim")

    def test_opensmtpd(self):
        """OpenSMTPD 6.8 under OpenSSL 3 shows its certificate and then cannot sign for it (its issue 1171: nobody can): a bad moment, and no
        word of the server."""
        self.check(self.begin(mailservers.OpenSmtpd, 24), "ESMTP OpenSMTPD", signs=False)

    def test_opensmtpd_of_debian_13(self):
        self.check(self.begin(mailservers.NewerOpenSmtpd, 25), "ESMTP OpenSMTPD")

    def test_the_whole_program_with_signed_answers(self):
        """From the list to the findings: TLSA records of a signed zone in NSD, through an Unbound that validates."""
        kinds = {"right": ({}, "3", "ok", "ok", set()), "expired": ({"when": "2 years ago", "days": 30}, "3", "expired", "ok", {"certificate_expired"}),
                 "wrong": ({}, "2", "name_mismatch", "name_mismatch", {"certificate_name", "dane_mismatch"}),
                 "alone": ({"signed": False}, "right", "untrusted", "mismatch", {"dane_mismatch"})}
        zone, wanted, right = "probe.example.org A 20.9.9.9\n", {}, self.authority.tlsa(self.pems["right"])
        for net, make in enumerate((mailservers.Postfix, mailservers.Exim)):
            addresses = {}
            for at, (kind, (options, usage, *told)) in enumerate(kinds.items()):
                name = f"{kind}{net}"
                host = f"{name}.{make.__name__.lower()}.example.net"
                pem = self.authority.certificate(name, ["elsewhere.example.org" if kind == "wrong" else host], key=("rsa:2048",), **options)
                data = right if usage == "right" else self.authority.tlsa(pem, usage=int(usage), selector=1 if usage == "3" else 0)
                zone += f"{name}.example MX 10 {host}\n{host} A 20.{26 + net}.{at}.1\n"
                zone += f"_25._tcp.{host} TLSA {int(data[:2], 16)} {int(data[2:4], 16)} {int(data[4:6], 16)} {data[6:]}\n"
                addresses[f"20.{26 + net}.{at}.1"], wanted[name] = pem, ("ready", "TLSv1.3", *told)
            self.addCleanup(make(self.folder, addresses).stop)
        names = [f"{name}.example" for name in wanted]
        result = self.scan(names, mailworld.signed_root(self, zone), "--checks", "mx,host,transport,smtp", "--smtp-helo", "probe.example.org", "--smtp-rate", 0,
                           "--smtp-retry", 0, "--ca-file", self.authority.file, "--sandbox", "require")
        self.assertEqual(result.code, 0, result)
        found = {name.removesuffix(".example"): set(record["findings"]) for name, record in self.export().items()}
        rows = {host.split(".")[0]: row for host, *row in self.rows("SELECT host, outcome, tls, pkix, dane FROM v_server")}
        about = {"certificate_expired", "certificate_name", "certificate_ends", "dane_mismatch", "no_starttls", "tls_old", "no_server_answers"}
        self.assertEqual({name: (*row, found[name] & about) for name, row in rows.items()}, wanted)


if __name__ == "__main__":
    harness.main()
