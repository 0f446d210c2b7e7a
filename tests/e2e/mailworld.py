"""A small internet for mail servers: a network namespace of the test's own with public-looking addresses on its loopback, a certificate
authority, and servers on port 25. Nothing here can reach, or be reached from, any other network.

    mailworld.enter()                          the process and its children move into a namespace, or the test is skipped
    authority = mailworld.Authority(folder)    authority.certificate("right", ["mx.example.net"]) -> a PEM file with key and chain
    mailworld.MailServer(folder, script)       tests/support/mail_server.py
"""
import atexit
import ctypes
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 0x40000, 0x1000
NETWORKS = ("20.0.0.0/8", "30.0.0.0/8", "50.0.0.0/8")
NETWORKS_6 = ("2a0a::/16",)
SCRIPTED = harness.SOURCE / "tests/support/mail_server.py"
inside = []


def need(*programs):
    for program in programs:
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            raise unittest.SkipTest(f"skipped: {program} is not installed")


def command(*argv):
    done = subprocess.run(list(map(str, argv)), capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def enter():
    """Once for a process: from here on it is alone with itself."""
    if "network" in inside:
        return
    need("ip", "openssl")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise unittest.SkipTest(f"skipped: no network namespace: {os.strerror(ctypes.get_errno())}")
    inside.append("network")
    command("ip", "link", "set", "lo", "up")
    for network in NETWORKS:
        command("ip", "route", "add", "local", network, "dev", "lo")
    for network in NETWORKS_6:
        subprocess.run(["ip", "-6", "route", "add", "local", network, "dev", "lo"], check=False, capture_output=True)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect(("2a0a::1", 25))
        return True
    except OSError:
        return False


def accounts(*names):
    """Accounts, and empty /var/lib and /var/spool, that real mail servers insist on: for this process and its children alone (a mount
    namespace), once for a process."""
    if "accounts" in inside:
        return
    folder = tempfile.mkdtemp(prefix="mxs-accounts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise unittest.SkipTest(f"skipped: no mount namespace: {os.strerror(ctypes.get_errno())}")
    for file, line in (("passwd", "{0}:x:{1}:{1}::/nonexistent:/bin/false\n"), ("group", "{0}:x:{1}:\n")):
        text = pathlib.Path("/etc", file).read_text(encoding="utf-8")
        text = "".join(row + "\n" for row in text.splitlines() if row.split(":")[0] not in names)
        ours = pathlib.Path(folder) / file
        ours.write_text(text + "".join(line.format(name, 64100 + i) for i, name in enumerate(names)), encoding="utf-8")
        if libc.mount(str(ours).encode(), f"/etc/{file}".encode(), None, MS_BIND, None) != 0:
            raise unittest.SkipTest(f"skipped: no accounts: {os.strerror(ctypes.get_errno())}")
    for path in (b"/var/lib", b"/var/spool"):
        if libc.mount(b"none", path, b"tmpfs", 0, None) != 0:
            raise unittest.SkipTest(f"skipped: no folders: {os.strerror(ctypes.get_errno())}")
    inside.append("accounts")


class Authority:
    """A certificate authority of the test's own, and the certificates it gives."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "ca"
        self.folder.mkdir()
        self.file = self.folder / "ca.pem"
        command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                self.folder / "ca.key", "-out", self.file, "-subj", "/O=Test Authority/CN=Test Root", "-days", "3650")

    def certificate(self, name, hosts, **options):
        """A PEM with key, certificate and authority for these hosts; options as of sign."""
        names = ",".join(f"DNS:{host}" for host in hosts)
        extensions = (f"subjectAltName={names}\n" if hosts else "") + "extendedKeyUsage=serverAuth\n"
        return self.sign(name, extensions, f"/CN={hosts[0][:60]}" if hosts else "/CN=nobody", **options)

    def sign(self, name, extensions, subject, key=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), when=None, days=90, signed=True):
        """A PEM with key, certificate and authority. key: words for openssl, or the file of one; when: words for faketime, e.g. "2 years ago"."""
        path, key_file, request, given = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr", "crt"))
        listed = self.folder / f"{name}.ext"
        listed.write_text(extensions, encoding="ascii")
        if isinstance(key, pathlib.Path):
            shutil.copy(key, key_file)
            command("openssl", "req", "-new", "-key", key_file, "-out", request, "-subj", subject)
        else:
            command("openssl", "req", "-new", "-newkey", *key, "-nodes", "-keyout", key_file, "-out", request, "-subj", subject)
        clock = ["faketime", when] if when else []
        if when:
            need("faketime")
        signer = ["-CA", self.file, "-CAkey", self.folder / "ca.key", "-CAcreateserial"] if signed else ["-signkey", key_file]
        command(*clock, "openssl", "x509", "-req", "-in", request, *signer, "-days", days, "-extfile", listed, "-out", given)
        path.write_bytes(key_file.read_bytes() + given.read_bytes() + (self.file.read_bytes() if signed else b""))
        return path

    def tlsa(self, path, usage=3, selector=1):
        """The rdata, as hexadecimal, of a TLSA record for the certificate (usage 3) or for the authority (usage 2)."""
        of = path if usage == 3 else self.file
        if selector == 1:
            public = command("openssl", "x509", "-in", of, "-noout", "-pubkey")
            done = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public, capture_output=True, check=True)
            data = done.stdout
        else:
            data = command("openssl", "x509", "-in", of, "-outform", "DER")
        digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=data, capture_output=True, check=True).stdout
        return bytes([usage, selector, 1]).hex() + digest.hex()


def signed_root(test, zone):
    """The zone as a signed root of NSD, and an Unbound that validates it."""
    need("ldns-keygen", "ldns-signzone")
    work = test.folder / "signed"
    work.mkdir()
    (work / "root").write_text(harness.master_file(zone), encoding="ascii")
    key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "."], cwd=work, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["ldns-signzone", "-o", ".", "-f", "root.signed", "root", key], cwd=work, check=True, capture_output=True)
    return test.unbound(test.nsd(master=work / "root.signed"), f'  module-config: "validator iterator"\n  trust-anchor-file: "{work / (key + ".key")}"')


class MailServer:
    """The scripted server on port 25 of all addresses. script: {address: play} (mail_server.py)."""

    def __init__(self, folder, script):
        self.log_file = pathlib.Path(folder) / "mail.log"
        path = pathlib.Path(folder) / "mail.json"
        path.write_text(json.dumps(script, default=str), encoding="utf-8")
        self.process = harness.Process(["/usr/bin/python3", "-B", SCRIPTED, path, self.log_file], pathlib.Path(folder) / "mail.out",
                                       stdout=subprocess.PIPE)
        out = self.process.popen.stdout
        ready, _, _ = select.select([out], [], [], 20 * harness.SLOW)
        if not ready or out.readline().strip() != b"ready":
            self.process.stop()
            raise AssertionError(f"the mail server did not start: {self.process.text()}")

    def log(self):
        """A row for each connection that has ended."""
        return [json.loads(line) for line in self.log_file.read_text(encoding="utf-8").splitlines()]

    def stop(self):
        return self.process.stop()


def meet(folder, targets, *options, ca=None, timeout_s=60, concurrency=200):
    """The room alone (tests/support/mxs_smtp). targets: [(address, host, provider or None, tlsa...)]. Returns (rows by address, counts,
    words about the network)."""
    lines = []
    for number, (address, host, *more) in enumerate(targets):
        provider = more[0] if more and more[0] is not None else number
        lines.append(" ".join([address, host, str(provider), *more[1:]]))
    arguments = ["--concurrency", concurrency, *(["--ca", ca] if ca else []), *options]
    result = harness.run(*arguments, program=harness.SUPPORT / "mxs_smtp", stdin="\n".join(lines) + "\n", timeout_s=timeout_s * harness.SLOW)
    if result.code != 0:
        raise AssertionError(str(result))
    rows = result.lines()
    return {row["address"]: row for row in rows if "address" in row}, rows[-1], [row for row in rows if "network" in row]
