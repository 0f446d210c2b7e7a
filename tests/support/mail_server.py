"""A scripted mail server: one process on port 25 of every address of a namespace, which plays for each address what the script says.

    mail_server.py SCRIPT LOG

SCRIPT is JSON: {"20.1.1.1": {"play": "tls", "cert": "right.pem", ...}, "*": {...}}. LOG gets a JSON line for each connection that has ended:
{"address", "play", "at": when it came (the kernel's word), "lines": what the client said, "early": it spoke before the banner, "secured"}. It prints "ready" when it listens, and
ends with its standard input. A play is a method of Play below.
"""
import json
import socket
import ssl
import struct
import sys
import threading
import time

LOCK = threading.Lock()
RESET = struct.pack("ii", 1, 0)
LAST_ACK_RECV = 56  # in struct tcp_info: milliseconds since the last acknowledgement came, here that of the handshake


class Gone(Exception):
    """The client, or what we play, has ended the connection."""


def came_at(sock):
    """When the connection was made: this thread may begin a moment later on a busy machine, and a pause between two is measured by it."""
    for _ in range(100):
        before = time.monotonic()
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        if time.monotonic() - before < 0.005:
            break
    return before - struct.unpack_from("I", info, LAST_ACK_RECV)[0] / 1000


class Play:
    def __init__(self, sock, script, address):
        self.sock, self.script, self.address = sock, script, address
        self.lines, self.early, self.secured, self.pending = [], False, False, b""
        self.at = came_at(sock)
        # Letters, because digits tell no two servers apart to who looks for a box in between.
        letters = "".join("abcdefghij"[int(at)] if at.isdigit() else at for at in address if at.isalnum())
        self.host = script.get("name", f"mx-{letters}.example.net")

    # --- what plays are made of

    def send(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))

    def slowly(self, text, pause_s):
        for at in text.encode():
            self.sock.sendall(bytes([at]))
            time.sleep(pause_s)

    def line(self):
        while b"\n" not in self.pending:
            more = self.sock.recv(4096)
            if not more:
                raise Gone
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        self.lines.append(line.decode("latin-1").rstrip("\r"))
        return self.lines[-1]

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        raise Gone

    def listen(self, seconds=0.0):
        """Whether the client speaks before it was greeted."""
        self.sock.settimeout(seconds or 0.001)
        try:
            self.early = self.early or bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            pass
        self.sock.settimeout(self.script.get("patience", 120))

    def banner(self, text=None):
        self.listen(self.script.get("delay", 0))
        self.send(text or f"220 {self.script.get('banner', self.host + ' ESMTP')}\r\n")

    def ehlo(self, *keywords):
        while not self.line().upper().startswith(("EHLO", "HELO")):
            self.send("250 ok\r\n")
        words = [f"{self.host} hello", *keywords]
        self.send("".join(f"250{'-' if i < len(words) - 1 else ' '}{word}\r\n" for i, word in enumerate(words)))

    def rest(self):
        """Accepts all, until QUIT."""
        while True:
            word = self.line().split(" ")[0].upper()
            self.send("221 bye\r\n" if word == "QUIT" else "250 ok\r\n")
            if word == "QUIT":
                raise Gone

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        if "tls_max" in self.script:
            context.maximum_version = getattr(ssl.TLSVersion, self.script["tls_max"])
        if self.script.get("asks_certificate"):
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.script["cert"])
        if "ciphers" in self.script:
            context.set_ciphers(self.script["ciphers"])
        context.load_cert_chain(self.script["cert"])
        if "by_name" in self.script:
            others = {name: self.context_of(pem) for name, pem in self.script["by_name"].items()}
            context.sni_callback = lambda tls, name, _: setattr(tls, "context", others.get(name, context))
        return context

    @staticmethod
    def context_of(pem):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def starttls(self):
        self.banner()
        self.ehlo("PIPELINING", "STARTTLS")
        if self.line().upper() != "STARTTLS":
            self.rest()

    def secure(self):
        self.send("220 go ahead\r\n")
        self.sock = CONTEXTS.setdefault(json.dumps(self.script), self.context()).wrap_socket(self.sock, server_side=True)
        self.secured = True

    # --- the plays

    def tls(self):
        self.starttls()
        self.secure()
        self.ehlo("PIPELINING")
        self.rest()

    def tls_and_silence(self):
        self.starttls()
        self.secure()
        while True:
            self.line()

    def bare(self):
        """TLS from the first byte, and nothing in it: what a benchmark compares with."""
        self.sock = CONTEXTS.setdefault(json.dumps(self.script), self.context()).wrap_socket(self.sock, server_side=True)
        self.rest()

    def plain(self):
        self.banner()
        self.ehlo(*self.script.get("keywords", ["PIPELINING", "8BITMIME"]))
        self.rest()

    def bytewise(self):
        self.slowly(f"220 {self.host} ESMTP\r\n", self.script.get("pause", 0.02))
        self.plain_after_banner()

    def plain_after_banner(self):
        self.ehlo("8BITMIME")
        self.rest()

    def many_banner_lines(self):
        self.banner("".join(f"220-line {i}\r\n" for i in range(20)) + "220 ready\r\n")
        self.plain_after_banner()

    def no_ehlo(self):
        self.banner()
        self.line()
        self.send("502 5.5.1 command not implemented\r\n")
        self.line()
        self.send("250 hello\r\n" if self.script.get("helo") else "502 5.5.1 command not implemented\r\n")
        self.rest()

    def deaf(self):
        self.banner()
        while True:
            self.line()

    def say_at_once(self):
        self.banner(self.script["say"] + "\r\n")
        if self.script.get("hang_up"):
            raise Gone
        self.rest()

    def say_after_ehlo(self):
        self.banner()
        while self.line().upper().startswith(("EHLO", "HELO")):
            self.send(self.script["say"] + "\r\n")
        self.send("221 bye\r\n")

    def say_after_starttls(self):
        self.starttls()
        self.send(self.script["say"] + "\r\n")
        self.rest()

    def injected(self):
        self.starttls()
        self.send("220 go ahead\r\n250-mx.evil.example\r\n250 AUTH PLAIN\r\n")
        self.sock = self.context().wrap_socket(self.sock, server_side=True)
        self.secured = True
        self.ehlo("PIPELINING")
        self.rest()

    def tls_stops(self):
        self.starttls()
        self.send("220 go ahead\r\n")
        self.sock.recv(4096)
        self.send(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76")
        time.sleep(self.script.get("patience", 120))

    def tls_reset(self):
        self.starttls()
        self.send("220 go ahead\r\n")
        self.sock.recv(4096)
        self.send(b"\x16\x03\x03\x00\x7a\x02")
        self.reset()

    def tls_alert(self):
        self.starttls()
        self.send("220 go ahead\r\n")
        self.sock.recv(4096)
        self.send(b"\x15\x03\x01\x00\x02\x02" + bytes([self.script.get("alert", 40)]))

    def tls_rubbish(self):
        self.starttls()
        self.send("220 go ahead\r\n")
        self.sock.recv(4096)
        self.send("500 what?\r\n" * 5)
        time.sleep(1)

    def many_ehlo_lines(self):
        self.banner()
        self.line()
        self.send("".join(f"250-X{i}\r\n" for i in range(1000)) + "250 STARTTLS\r\n")
        self.rest()

    def long_line(self):
        self.banner()
        self.line()
        self.send("250-mx\r\n250 " + "x" * 70000 + "\r\n")
        self.rest()

    def rubbish(self):
        self.listen()
        self.send(bytes(range(256)) * 40)
        self.rest()

    def http(self):
        self.banner("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")

    def silence(self):
        while self.sock.recv(4096):
            pass

    def tarpit(self):
        self.slowly("220-" + "wait " * 100000, self.script.get("pause", 0.05))

    def tarpit_lines(self):
        """Until the client has had enough of it."""
        while True:
            self.send("220-please hold the line\r\n")
            time.sleep(self.script.get("pause", 0.5))

    def reset_at_once(self):
        self.reset()

    def reset_in_banner(self):
        self.send("220 half a ban")
        time.sleep(0.05)
        self.reset()

    def reset_after_ehlo(self):
        self.banner()
        self.line()
        self.reset()

    def close_in_ehlo(self):
        self.banner()
        self.line()
        self.send("250-mx\r\n250-STARTT")
        raise Gone

    def reset_after_starttls(self):
        self.starttls()
        self.reset()

    def reset_after_tls(self):
        self.starttls()
        self.secure()
        self.line()
        self.reset()

    def steps(self):
        """What the script says step by step: a text is sent, null waits for a line, a number sleeps, "TLS" begins it; then silence."""
        for step in self.script["steps"]:
            if step is None:
                self.line()
            elif isinstance(step, (int, float)):
                time.sleep(step)
            elif step == "TLS":
                self.secure()
            else:
                self.send(step)
        if not self.script.get("hang_up"):
            self.rest()

    def no_goodbye(self):
        self.banner()
        self.ehlo("8BITMIME")
        while True:
            self.line()


CONTEXTS = {}


def serve(sock, script, log):
    address = sock.getsockname()[0].removeprefix("::ffff:")
    part = script.get(address) or script.get("*", {"play": "plain"})
    sock.settimeout(part.get("patience", 120))
    play = Play(sock, part, address)
    try:
        getattr(play, part["play"])()
    except (Gone, OSError):
        pass
    try:
        play.sock.close()
    except OSError:
        pass
    row = json.dumps({"address": address, "play": part["play"], "at": play.at, "lines": play.lines, "early": play.early, "secured": play.secured})
    with LOCK:
        log.write(row + "\n")
        log.flush()


def listen(family, script, log):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    server.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", 25))
    server.listen(1024)
    while True:
        sock, _ = server.accept()
        threading.Thread(target=serve, args=(sock, script, log), daemon=True).start()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        script = json.load(file)
    threading.stack_size(256 * 1024)
    with open(sys.argv[2], "a", encoding="utf-8") as log:
        for family in (socket.AF_INET, socket.AF_INET6):
            threading.Thread(target=listen, args=(family, script, log), daemon=True).start()
        time.sleep(0.2)
        print("ready", flush=True)
        sys.stdin.read()


main()
