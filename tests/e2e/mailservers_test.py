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


if __name__ == "__main__":
    harness.main()
