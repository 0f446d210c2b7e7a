"""Debian's Postfix, Exim and OpenSMTPD from folders of the build (scripts/mail-servers.sh), each with a certificate for each address.
MXS_MAIL_SERVERS names another folder; a folder that is empty is filled, where apt can.

    mailservers.fetch()                        before the process enters a network of its own
    Postfix(folder, {"20.2.1.1": "right.pem"}, screened={"20.2.2.1": "right.pem"})
"""
import fcntl
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import unittest

import harness

FOLDER = pathlib.Path(os.environ.get("MXS_MAIL_SERVERS", harness.SOURCE / "build" / "mail-servers"))
USERS = ("postfix", "postdrop", "Debian-exim", "opensmtpd", "opensmtpq")


def fetch():
    """Once, by whoever comes first. What cannot be had is skipped by `need`."""
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{FOLDER}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "filled").exists():
            subprocess.run([harness.SOURCE / "scripts" / "mail-servers.sh", FOLDER], stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)


def need(name, program):
    path = FOLDER / name / program
    if not (FOLDER / "filled").exists() or not path.exists():
        raise unittest.SkipTest(f"skipped: no {name} here: ./scripts/mail-servers.sh {FOLDER} could not fetch it")
    return path


def split_pem(pem, folder):
    """OpenSMTPD and Exim want key and certificates apart, the key readable by nobody else."""
    text = pathlib.Path(pem).read_text(encoding="ascii")
    head, _, rest = text.partition("-----BEGIN CERTIFICATE-----")
    key, chain = folder / f"{pathlib.Path(pem).stem}.key", folder / f"{pathlib.Path(pem).stem}.chain"
    key.write_text(head, encoding="ascii")
    chain.write_text("-----BEGIN CERTIFICATE-----" + rest, encoding="ascii")
    key.chmod(0o600)
    return key, chain


def listens(address):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, 25)) == 0


class Server:
    def begin(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.env = {**os.environ, "LD_LIBRARY_PATH": f"{FOLDER}/lib"}

    def start(self, argv, addresses, **more):
        self.process = harness.Process(argv, self.folder / "output", env=self.env, **more)
        try:
            harness.wait_until(lambda: not self.process.alive() or all(listens(address) for address in addresses), 20 * harness.SLOW,
                               f"{argv[0]} listens")
            if not self.process.alive():
                raise AssertionError(f"{argv[0]} ended: {self.process.text()}")
        except AssertionError:
            self.process.stop()
            raise

    def stop(self):
        return self.process.stop()


POSTFIX_MAIN = """compatibility_level = 3.6
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LD_LIBRARY_PATH
myhostname = postfix.example.net
mydestination =
inet_interfaces = all
inet_protocols = ipv4
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtpd_tls_security_level = may
smtpd_tls_loglevel = 0
postscreen_greet_wait = 2s
postscreen_greet_action = enforce
postscreen_tls_security_level = may
postscreen_upstream_proxy_protocol =
smtpd_peername_lookup = no
"""
POSTFIX_MASTER = """postlog unix-dgram n - n - 1 postlogd
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


class Postfix(Server):
    """plain and screened (behind postscreen): {address: PEM with key and chain}. screened share one certificate."""

    def __init__(self, folder, plain, screened=None):
        need("postfix", "usr/lib/postfix/sbin/master")
        self.begin(folder, "postfix")
        root = FOLDER / "postfix"
        self.env["LD_LIBRARY_PATH"] += f":{root}/usr/lib/postfix"
        # The queue as the package's own script lays it out.
        for name, owner in (("data", "postfix"), ("queue", "root")):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, owner)
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"):
            (self.folder / "queue" / name).mkdir(mode=0o700)
            shutil.chown(self.folder / "queue" / name, "postfix")
        for name in ("public", "maildrop"):
            (self.folder / "queue" / name).mkdir(mode=0o730)
            shutil.chown(self.folder / "queue" / name, "postfix", "postdrop")
        (self.folder / "queue" / "pid").mkdir()
        (self.folder / "main.cf").write_text(POSTFIX_MAIN.format(root=root, folder=self.folder), encoding="ascii")
        lines = [f"{address}:25 inet n - n - - smtpd\n  -o smtpd_tls_chain_files={pem}\n" for address, pem in plain.items()]
        for number, (address, pem) in enumerate((screened or {}).items()):
            lines.append(f"{address}:25 inet n - n - 1 postscreen\n  -o smtpd_service_name=smtpd{number}\n"
                         f"  -o postscreen_cache_map=\n"
                         f"  -o smtpd_tls_chain_files={pem}\n  -o tlsproxy_tls_chain_files={pem}\n")
            lines.append(f"smtpd{number} pass - - n - - smtpd\n  -o smtpd_tls_chain_files={pem}\n")
        (self.folder / "master.cf").write_text("".join(lines) + POSTFIX_MASTER, encoding="ascii")
        self.start([root / "usr/lib/postfix/sbin/master", "-c", self.folder, "-d"], [*plain, *(screened or {})])


EXIM = """primary_hostname = exim.example.net
exim_user = Debian-exim
exim_group = Debian-exim
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/pid
daemon_smtp_ports = 25
local_interfaces = {addresses}
tls_advertise_hosts = *
tls_certificate = {folder}/$received_ip_address.chain
tls_privatekey = {folder}/$received_ip_address.key
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 100
acl_smtp_rcpt = deny
begin acl
deny:
  deny
"""


class Exim(Server):
    def __init__(self, folder, addresses):
        program = need("exim4-daemon-light", "usr/sbin/exim4")
        self.begin(folder, "exim")
        (self.folder / "spool").mkdir()
        for path in (self.folder, self.folder / "spool"):
            shutil.chown(path, "Debian-exim", "Debian-exim")
        for address, pem in addresses.items():
            for path in split_pem(pem, self.folder):
                named = self.folder / f"{address}{path.suffix}"
                path.replace(named)
                shutil.chown(named, "Debian-exim", "Debian-exim")
        config = self.folder / "exim.conf"
        config.write_text(EXIM.format(folder=self.folder, addresses=" : ".join(addresses)), encoding="ascii")
        self.start([program, "-C", config, "-bdf"], addresses)


class NewerOpenSmtpd(Server):
    """That of Debian 13, in a root of its own."""

    def __init__(self, folder, addresses):
        need("opensmtpd-13", "usr/sbin/smtpd")
        self.begin(folder, "opensmtpd-13")
        root = self.folder / "root"
        subprocess.run(["cp", "-a", FOLDER / "opensmtpd-13", root], check=True)
        for name in ("passwd", "group"):
            shutil.copy(f"/etc/{name}", root / "etc" / name)  # with the accounts of the test
        for name in ("dev", "run", "etc/ssl/certs"):
            (root / name).mkdir(parents=True, exist_ok=True)
        if not (root / "var/run").exists():
            (root / "var/run").symlink_to("/run")
        shutil.copy(next(iter(addresses.values())), root / "etc/ssl/certs/ca-certificates.crt")  # it wants some, and asks none
        os.mknod(root / "dev" / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.mknod(root / "dev" / "urandom", 0o666 | stat.S_IFCHR, os.makedev(1, 9))
        lay_out(root)
        (root / "etc" / "smtpd.conf").write_text(configure(addresses, root / "etc", "/etc"), encoding="ascii")
        self.start(["chroot", root, "/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"], addresses)


def lay_out(root):
    """The folders of OpenSMTPD, which are compiled in."""
    (root / "var/lib/opensmtpd/empty").mkdir(parents=True, exist_ok=True)
    (root / "var/spool/smtpd").mkdir(parents=True, exist_ok=True)
    for name, owner, mode in (("", "root", 0o711), ("offline", "root", 0o770), ("purge", "opensmtpq", 0o700),
                              ("temporary", "opensmtpq", 0o700), ("incoming", "opensmtpq", 0o700)):
        path = root / "var/spool/smtpd" / name
        path.mkdir(exist_ok=True)
        shutil.chown(path, owner, "opensmtpq" if name == "offline" else None)
        path.chmod(mode)


def configure(addresses, folder, told):
    """told: how the server calls the folder."""
    lines = []
    for number, (address, pem) in enumerate(addresses.items()):
        key, chain = split_pem(pem, folder)
        lines.append(f'pki p{number} cert "{told}/{chain.name}"\npki p{number} key "{told}/{key.name}"\n'
                     f'listen on {address} port 25 tls pki p{number} hostname opensmtpd.example.net\n')
    lines.append('action nowhere maildir "/nonexistent"\nmatch from any for domain "nowhere.invalid" action nowhere\n')
    return "".join(lines)


class OpenSmtpd(Server):
    def __init__(self, folder, addresses):
        program = need("opensmtpd", "usr/sbin/smtpd")
        self.begin(folder, "opensmtpd")
        lay_out(pathlib.Path("/"))  # in a file system of the test's own (mailworld.accounts)
        config = self.folder / "smtpd.conf"
        config.write_text(configure(addresses, self.folder, self.folder), encoding="ascii")
        self.start([program, "-d", "-f", config], addresses)
