"""MTA-STS policies, fetched from a web server on loopback under a certificate authority of the test.

The names' addresses are public ones, as everywhere in these tests; --sts-connect leads every connection to the server here.
"""
import collections
import contextlib
import http.server
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

import harness

# domain: (mode, MX hosts in the policy) of those whose file is served as it should be
GOOD = {"enforce.test": ("enforce", ["mx.one.test", "mx.two.test"]), "testing.test": ("testing", ["mx.one.test", "mx.two.test"]),
        "none.test": ("none", []), "uncovered.test": ("enforce", ["mx.one.test"]), "refuses.test": ("enforce", ["mx.other.test"]),
        "wild.test": ("enforce", ["*.one.test", "MX.two.test"]), "deep.test": ("testing", ["*.test"])}
# domain: what the export says of it
BAD = {"redirect.test": "redirect", "missing.test": "status", "html.test": "media_type", "untyped.test": "media_type",
       "large.test": "too_large", "endless.test": "too_large", "lied.test": "too_large", "othername.test": "certificate",
       "selfsigned.test": "certificate", "noaddress.test": "no_address", "private.test": "no_address", "syntax.test": "bad_line",
       "nul.test": "bad_line", "empty.test": "bad_version", "nomx.test": "no_mx", "dot.test": "mx_ends_in_dot"}
# the same, and nothing is known for it
OPEN = {"broken.test": "server_error", "slow.test": "timeout", "silent.test": "timeout", "closed.test": "unreachable",
        "cut.test": "unreachable"}
NAMES = sorted([*GOOD, *BAD, *OPEN, "edge.test", "excluded.test", "bare.test"])


def zone():
    lines = ["mx.one.test A 20.1.1.1", "mx.two.test A 20.1.1.2"]
    for name in NAMES:
        lines += [f"{name} MX 10 mx.one.test", f"{name} MX 20 mx.two.test"]
        if name == "bare.test":
            continue
        lines.append(f'_mta-sts.{name} TXT "v=STSv1; id=20260101;"')
        if name == "private.test":
            lines += [f"mta-sts.{name} A {a}" for a in ("127.0.0.1", "10.1.2.3", "169.254.169.254")]
            lines += [f"mta-sts.{name} AAAA {a}" for a in ("::1", "fe80::1", "::ffff:127.0.0.1")]
        elif name != "noaddress.test":
            lines.append(f"mta-sts.{name} A 20.9.9.9")
    return "\n".join(lines) + "\n"


def policy(mode, mx_hosts, age=604800):
    return "".join([f"version: STSv1\r\nmode: {mode}\r\n", *(f"mx: {x}\r\n" for x in mx_hosts), f"max_age: {age}\r\n"]).encode()


class Authority:
    """A certificate authority, and what it signed; made once for all tests."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self.folder / "ca.pem"
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=test authority",
                 "-keyout", "ca.key", "-out", "ca.pem")
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=nobody",
                 "-addext", "subjectAltName=DNS:mta-sts.selfsigned.test", "-keyout", "self.key", "-out", "self.pem")
        self.sign("good", [f"mta-sts.{n}" for n in NAMES if n not in ("othername.test", "selfsigned.test")])
        self.sign("other", ["www.othername.test", "othername.test"])

    def run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def sign(self, name, hosts):
        (self.folder / f"{name}.ext").write_text("subjectAltName=" + ",".join(f"DNS:{h}" for h in hosts) + "\n")
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                 "-out", f"{name}.csr")
        self.run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
                 f"{name}.ext", "-out", f"{name}.pem")

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body=b"", kind="text/plain; charset=us-ascii", length=None, **headers):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, piece, pause_s, pieces):
        """Without a length: until the other side has enough."""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(pieces):
            self.wfile.write(piece)
            time.sleep(pause_s)
        self.close_connection = True

    def do_GET(self):
        server, host = self.server, self.headers["Host"]
        domain = host.removeprefix("mta-sts.")
        server.asked[(host, self.path)] += 1
        server.agents.add(self.headers["User-Agent"])
        try:
            self.answer(server, domain)
        except OSError:  # the program had enough
            self.close_connection = True

    def answer(self, server, domain):
        if domain in server.files:
            self.say(200, server.files[domain])
        elif domain in GOOD:
            self.say(200, policy(*GOOD[domain]))
        elif domain == "redirect.test":
            self.say(301, policy(*GOOD["enforce.test"]), Location="https://mta-sts.enforce.test/.well-known/mta-sts.txt?followed")
        elif domain == "missing.test":
            self.say(404, b"x" * 100000)
        elif domain == "html.test":
            self.say(200, policy("enforce", ["mx.one.test"]), kind="text/html")
        elif domain == "untyped.test":
            self.say(200, policy("enforce", ["mx.one.test"]), kind=None)
        elif domain == "large.test":
            self.say(200, b"x: y\n" * 13108)
        elif domain == "edge.test":  # 65,536 bytes and no more
            start = policy("enforce", ["mx.one.test", "mx.two.test"])
            self.say(200, start + b"filler: " + b"z" * (65536 - len(start) - 10) + b"\r\n")
        elif domain == "lied.test":
            self.say(200, b"version: STSv1\n", length=10 ** 12)
        elif domain == "endless.test":
            self.stream(b"a: b\n" * 1000, 0, 10 ** 6)
        elif domain == "slow.test":
            self.stream(b"v", 0.2, 200)
        elif domain == "silent.test":
            server.over.wait(60)
            self.close_connection = True
        elif domain == "broken.test":
            self.say(503)
        elif domain == "cut.test":
            self.say(200, b"version: STSv1\r\nmode: none\r\n", length=100)
            self.close_connection = True
        elif domain in ("syntax.test", "nul.test", "empty.test", "nomx.test", "dot.test"):
            self.say(200, {"syntax.test": b"version STSv1\n", "nul.test": b"version: STSv1\n\0\0\0: \0\nmode: none\nmax_age: 1\n",
                           "empty.test": b"", "nomx.test": policy("enforce", []), "dot.test": policy("enforce", ["mx.one.test", "MX.two.test."])}[domain])
        else:
            self.say(410)


class WebServer(http.server.ThreadingHTTPServer):
    """On one loopback port; the certificate is chosen by the name asked for. files: what a domain serves instead."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, authority, files=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.agents, self.files, self.over = collections.Counter(), set(), files or {}, threading.Event()
        self.connections = 0
        self.contexts = {name: authority.context(name) for name in ("good", "other", "self")}
        self.contexts["good"].sni_callback = self.choose
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def choose(self, connection, name, _):
        if name == "mta-sts.closed.test":
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        connection.context = self.contexts[{"mta-sts.othername.test": "other", "mta-sts.selfsigned.test": "self"}.get(name, "good")]
        return None

    def finish_request(self, request, client_address):
        self.connections += 1
        request.settimeout(60)
        with self.contexts["good"].wrap_socket(request, server_side=True) as secure:
            self.RequestHandlerClass(secure, client_address, self)

    def handle_error(self, request, client_address):
        pass  # handshakes that the program refuses

    def address(self):
        return "127.0.0.1:%d" % self.server_address[1]

    def stop(self):
        self.over.set()
        self.shutdown()
        self.server_close()


def relay(listener, to):
    """Every connection goes on to another address, until the listener is closed."""
    def pass_on(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        while True:
            near, far = listener.accept()[0], socket.create_connection(to)
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pass_on, args=pair, daemon=True).start()


class Sts(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("skipped: openssl is not installed")
        if "libcurl none" in harness.run("--version").out:
            raise unittest.SkipTest("skipped: the program was built without libcurl")
        cls.case = harness.TestCase()
        cls.case.setUp()
        cls.addClassCleanup(cls.case.doCleanups)
        cls.authority = Authority(cls.case.folder)

    def web(self, files=None):
        server = WebServer(self.authority, files)
        self.addCleanup(server.stop)
        return server

    def options(self, web):
        return ("--checks", "all", "--fetch-sts", "--ca-file", str(self.authority.ca), "--sts-connect", web if isinstance(web, str) else
                web.address(), "--timeout", "2000")  # a handshake beside other tests must fit in

    def fetched(self, records, name):
        return records[name]["transport"]["mta_sts"]["policy"]

    def findings(self, records, name):
        return sorted(f for f in records[name]["findings"] if f.startswith(("mta_sts", "tls_unprotected")))


class Library(Sts):
    def test_a_program_that_fetches_nothing_has_no_libcurl_in_it(self):
        linked = subprocess.run(["ldd", harness.PROGRAM], capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertIn("libsqlite3", linked)
        self.assertNotIn("libcurl", linked)

    def test_a_libcurl_that_cannot_be_loaded_is_told_before_anything_is_asked(self):
        for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
            self.write(name, "not a library")
        env, checks = {"LD_LIBRARY_PATH": str(self.folder)}, ("--checks", "transport")
        self.assertEqual(self.scan(["enforce.test"], self.serve(zone()), *checks, env=env).code, 0)
        server = self.serve(zone(), log=True)
        result = self.scan(["enforce.test"], server, *checks, "--fetch-sts", env=env)
        self.assertEqual(result.code, 2, result)
        self.assertIn("--fetch-sts: ", result.err)
        self.assertIn("install libcurl", result.err)
        server.stop()
        self.assertEqual(server.log(), [])


class Fetching(Sts):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server, cls.web_server = cls.case.serve(zone(), log=True), WebServer(cls.authority)
        cls.addClassCleanup(cls.web_server.stop)
        exclude = cls.case.write("exclude", "mta-sts.excluded.test\n")
        self = cls("test_a_file_is_fetched_once_from_its_place_and_nothing_else")
        cls.result = cls.case.scan(NAMES, cls.server, *self.options(cls.web_server), "--exclude", exclude)
        cls.records = cls.case.export() if cls.result.code == 0 else {}

    def setUp(self):
        super().setUp()
        self.assertEqual(self.result.code, 0, self.result)

    def test_what_is_served_as_it_should_be_is_read(self):
        for name, (mode, mx_hosts) in GOOD.items():
            wanted = {"result": "ok", "mode": mode, "max_age": 604800, "mx": sorted(x.lower() for x in mx_hosts)}
            self.assertEqual(self.fetched(self.records, name), wanted, name)
        self.assertEqual(self.fetched(self.records, "edge.test")["result"], "ok")

    def test_what_senders_could_not_use_is_named_and_found(self):
        for name, result in BAD.items():
            self.assertEqual(self.fetched(self.records, name), {"result": result, "mode": None, "max_age": None, "mx": []}, name)
            self.assertEqual(self.findings(self.records, name), ["mta_sts_unfetchable", "tls_unprotected"], name)

    def test_what_may_be_there_an_hour_later_is_not_known(self):
        for name, result in OPEN.items():
            self.assertEqual(self.fetched(self.records, name)["result"], result, name)
            self.assertEqual(self.findings(self.records, name), [], name)

    def test_each_mx_host_is_held_against_the_policy(self):
        for name, found in {"enforce.test": [], "testing.test": ["mta_sts_testing"], "none.test": ["mta_sts_mode_none", "tls_unprotected"],
                            "uncovered.test": ["mta_sts_uncovered"], "refuses.test": ["mta_sts_refuses_all"], "wild.test": [],
                            "deep.test": ["mta_sts_testing", "mta_sts_uncovered"]}.items():
            self.assertEqual(self.findings(self.records, name), found, name)

    def test_a_file_is_fetched_once_from_its_place_and_nothing_else(self):
        asked = self.web_server.asked
        self.assertEqual({path for _, path in asked}, {"/.well-known/mta-sts.txt"})  # no redirect was followed
        for name in [*GOOD, "redirect.test", "missing.test"]:
            self.assertEqual(asked[(f"mta-sts.{name}", "/.well-known/mta-sts.txt")], 1, name)
        for name in ("broken.test", "silent.test"):  # once more when all is settled
            self.assertEqual(asked[(f"mta-sts.{name}", "/.well-known/mta-sts.txt")], 2, name)
        self.assertTrue(all(agent.startswith("mxsurvey/") for agent in self.web_server.agents), self.web_server.agents)

    def test_hosts_without_a_public_address_and_excluded_ones_are_not_connected_to(self):
        hosts = {host for host, _ in self.web_server.asked}
        for name in ("noaddress.test", "private.test", "excluded.test", "bare.test", "othername.test", "selfsigned.test"):
            self.assertNotIn(f"mta-sts.{name}", hosts)
        self.assertIsNone(self.fetched(self.records, "excluded.test"))

    def test_explain_tables_and_classify_say_the_same(self):
        text = harness.run("explain", self.case.db, "uncovered.test").out
        self.assertIn("its policy: enforce, max_age 604800, mx mx.one.test", text)
        rows = dict(self.case.rows("SELECT value, domains FROM v_policy_measure WHERE measure = 'MTA-STS'"))
        self.assertEqual(rows, {"absent": 1, "published": len(OPEN) + 1, "published, enforced": 5, "published, test mode": 2, "mode none": 1,
                                "policy cannot be fetched": len(BAD)})
        page = harness.run("report", self.case.db, "--format", "html").out
        for words in ("MX records and for the policies it publishes, every MX host once", "<dt>DANE", "the file was fetched from", "published, enforced", "policy cannot be fetched"):
            self.assertIn(words, page)
        before = self.case.content()
        self.assertEqual(harness.run("classify", self.case.db).code, 0)
        self.assertEqual(self.case.content(), before)


class Asked(Sts):
    def test_without_the_option_nothing_is_connected_to(self):
        web, server = self.web(), self.serve(zone(), log=True)
        self.assertEqual(self.scan(["enforce.test"], server, "--checks", "all", "--sts-connect", web.address()).code, 0)
        self.assertEqual(web.connections, 0)
        self.assertIsNone(self.fetched(self.export(), "enforce.test"))
        page = harness.run("report", self.db, "--format", "html").out
        self.assertIn("MTA-STS policies were not fetched", page)
        self.assertNotIn("published, enforced", page)
        server.stop()
        self.assertEqual([row for row in server.log() if row[4].startswith("mta-sts.")], [])

    def test_what_cannot_work_is_refused(self):
        server = self.serve(zone())
        for words, hint in ((["--checks", "mx", "--fetch-sts"], "transport"), (["--ca-file", "/nowhere.pem"], "/nowhere.pem"),
                            (["--sts-connect", "127.0.0.1"], "port"), (["--sts-connect", "host:443"], "port"),
                            (["--sts-connect", "[::1]"], "port")):
            result = self.scan(["enforce.test"], server, *words)
            self.assertEqual(result.code, 2, result)
            self.assertIn(hint, result.err)

    def test_a_file_without_certificates_is_named(self):
        junk = self.write("junk.pem", "no certificate\n")
        result = self.scan(["enforce.test"], self.serve(zone()), "--checks", "all", "--fetch-sts", "--ca-file", junk, "--sts-connect",
                           self.web().address())
        self.assertEqual(result.code, 2, result)
        self.assertIn("junk.pem", result.err)

    def test_the_systems_certificates_do_not_trust_the_test(self):
        web = self.web()
        result = self.scan(["enforce.test"], self.serve(zone()), "--checks", "all", "--fetch-sts", "--sts-connect", web.address())
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.fetched(self.export(), "enforce.test")["result"], "certificate")

    def test_a_proxy_of_the_environment_is_not_used(self):
        web = self.web()
        result = self.scan(["enforce.test"], self.serve(zone()), *self.options(web),
                           env={"https_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"})
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.fetched(self.export(), "enforce.test")["result"], "ok")

    def test_nobody_listens(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % probe.getsockname()[1]
            result = self.scan(["enforce.test", "testing.test"], self.serve(zone()), *self.options(address))
        self.assertEqual(result.code, 0, result)
        records = self.export()
        self.assertEqual((self.fetched(records, "enforce.test")["result"], self.findings(records, "enforce.test")), ("unreachable", []))

    def test_the_sandbox_lets_it_through(self):
        web = self.web()
        result = self.scan(["enforce.test"], self.serve(zone()), *self.options(web), "--sandbox", "require")
        if result.code == 2 and "no sandbox" in result.err:
            self.skipTest("skipped: no sandbox in this kernel")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.fetched(self.export(), "enforce.test")["result"], "ok")

    def test_the_sandbox_lets_it_through_over_ipv6(self):
        """Where no socket can be made, a library might think that the machine has no IPv6."""
        web = self.web()
        try:
            six = socket.create_server(("::1", 0), family=socket.AF_INET6)
        except OSError:
            self.skipTest("skipped: this machine has no IPv6")
        self.addCleanup(six.close)
        threading.Thread(target=relay, args=(six, web.server_address), daemon=True).start()
        result = self.scan(["enforce.test"], self.serve(zone()), *self.options("[::1]:%d" % six.getsockname()[1]), "--sandbox", "auto")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.fetched(self.export(), "enforce.test")["result"], "ok")

    def test_plan_says_that_web_servers_are_connected_to(self):
        for words, told in ((["--checks", "all", "--fetch-sts"], True), (["--checks", "all"], False)):
            result = harness.run("plan", *words, "-r", "127.0.0.1:9", self.list_file(["a.test"]))
            self.assertEqual((result.code, "over HTTPS" in result.out), (0, told), result)

    def test_lookup_fetches_as_well(self):
        web, server = self.web(), self.serve(zone())
        result = harness.run("lookup", *self.resolver_options(server), *self.options(web), "uncovered.test")
        self.assertEqual(result.code, 0, result)
        self.assertIn("its policy: enforce", result.out)


class Nights(Sts):
    def night(self, record_id, web=None):
        """web: a server, an address, or None: policies are not fetched. Returns findings, changes."""
        text = ('enforce.test MX 10 mx.one.test\nmx.one.test A 20.1.1.1\nmta-sts.enforce.test A 20.9.9.9\n'
                f'_mta-sts.enforce.test TXT "v=STSv1; id={record_id};"\n')
        options = self.options(web) if web else ("--checks", "all")
        result = self.scan(["enforce.test"], self.serve(text), *options)
        self.assertEqual(result.code, 0, result)
        changes = harness.run("diff", self.db, "--format", "json")
        told = [(c["kind"], c["old"], c["new"]) for c in changes.json()["changes"]] if changes.code == 0 else None
        self.assertEqual(sorted(told or []), self.rows("SELECT kind, old, new FROM v_change WHERE run_id = (SELECT max(id) FROM run) ORDER BY 1"))
        return self.findings(self.export(), "enforce.test"), told

    def test_a_file_that_changes_is_told_and_an_id_that_does_not(self):
        one, two = (self.web({"enforce.test": policy(mode, ["mx.one.test"], 3600)}) for mode in ("testing", "enforce"))
        self.night("1", one)
        self.assertEqual(self.night("1", one), (["mta_sts_short_age", "mta_sts_testing"], []))
        self.assertEqual(self.rows("SELECT count(*) FROM sts_history"), [(1,)])
        found, [(kind, old, new)] = self.night("1", two)
        self.assertEqual(found, ["mta_sts_short_age", "mta_sts_stale_id"])
        self.assertEqual(kind, "policy_changed")
        self.assertEqual((old, new), tuple(f"MTA-STS policy {mode}, max_age 3600, mx mx.one.test" for mode in ("testing", "enforce")))
        found, changes = self.night("2", two)
        self.assertEqual((found, [c[0] for c in changes]), (["mta_sts_short_age"], ["policy_changed"]))  # the record has another id
        self.assertEqual(harness.column_types(self.db)[0], [], "views hold one type in each column")

    def test_a_night_without_the_web_server_is_no_change(self):
        web = self.web()
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            self.night("1", web)
            self.assertEqual(self.night("1", "127.0.0.1:%d" % nobody.getsockname()[1]), ([], []))
            self.assertEqual(self.night("1", web)[1], [])
            self.assertEqual(self.night("1")[1], [])
            self.assertEqual(self.night("1", web)[1], [])
        self.assertEqual(harness.run("prune", self.db, "--keep", "1").code, 0)
        self.assertEqual(self.rows("SELECT first_run, last_run FROM sts_history"), [(5, None)])

    def test_killed_and_begun_again_it_says_the_same(self):
        names = [f"d{n}.test" for n in range(400)]
        text = "mx.one.test A 20.1.1.1\n" + "".join(f'{n} MX 10 mx.one.test\n_mta-sts.{n} TXT "v=STSv1; id=1;"\nmta-sts.{n} A 20.9.9.9\n'
                                                    for n in names)
        folder = self.folder / "authority"
        folder.mkdir()
        authority = Authority(folder)
        authority.sign("good", [f"mta-sts.{n}" for n in names])
        web = WebServer(authority, {n: policy("enforce", ["mx.one.test"]) for n in names})
        self.addCleanup(web.stop)
        server = self.serve(text)
        options = ("--checks", "mx,host,transport", "--fetch-sts", "--ca-file", authority.ca, "--sts-connect", web.address(), "--timeout",
                   "20000")
        whole = self.folder / "whole.db"
        self.assertEqual(self.scan(names, server, *options, db=whole).code, 0)
        web.asked.clear()
        for asked in (100, 300):
            scan = self.scan_begin(names, server, *options)
            harness.wait_until(lambda asked=asked: sum(web.asked.values()) > asked or not scan.alive(), 60, "files are fetched")
            scan.signal(signal.SIGKILL)
            scan.wait(10)
        result = self.scan(names, server, *options)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.content(), self.content(db=whole))


if __name__ == "__main__":
    harness.main()
