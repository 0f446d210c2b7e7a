"""A little DNS: a question on the wire, and what its answer says."""
import socket
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "TLSA": 52}


def wire_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def query_bytes(name, kind, ident=0x4d58, payload=1232):
    header = struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 1 if payload else 0)
    opt = struct.pack("!BHHIH", 0, 41, payload, 0, 0) if payload else b""
    return header + wire_name(name) + struct.pack("!HH", TYPES[kind], 1) + opt


def read_name(wire, at):
    labels, after, hops = [], None, 0
    while wire[at]:
        if wire[at] >= 0xc0:
            after = after or at + 2
            at = struct.unpack_from("!H", wire, at)[0] & 0x3fff
            hops += 1
            if hops > 100:
                raise ValueError("pointer loop")
            continue
        labels.append(wire[at + 1:at + 1 + wire[at]].decode("latin-1"))
        at += 1 + wire[at]
    return ".".join(labels), after or at + 1


class Answer:
    """A decoded message: id, rcode, truncated, records [(owner, type, ttl, data)]; mx as [(preference, host)]."""

    def __init__(self, wire):
        self.wire = wire
        self.id, flags, questions, answers = struct.unpack_from("!HHHH", wire)
        self.rcode, self.truncated, self.response = flags & 15, bool(flags & 0x0200), bool(flags & 0x8000)
        at, self.records, self.mx = 12, [], []
        for _ in range(questions):
            self.question, at = read_name(wire, at)
            at += 4
        for _ in range(answers):
            owner, at = read_name(wire, at)
            kind, _, ttl, size = struct.unpack_from("!HHIH", wire, at)
            at += 10
            if kind == 15:
                self.mx.append((struct.unpack_from("!H", wire, at)[0], read_name(wire, at + 2)[0]))
            self.records.append((owner, kind, ttl, wire[at:at + size]))
            at += size


def split_address(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def ask_raw(address, name, kind="MX", timeout_s=2.0, tcp=False, payload=1232, ident=0x4d58):
    """The bytes of the first answer, or None."""
    question = query_bytes(name, kind, ident, payload)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        try:
            sock.connect(split_address(address))
            if not tcp:
                sock.send(question)
                return sock.recv(65535)
            sock.sendall(struct.pack("!H", len(question)) + question)
            data = b""
            while len(data) < 2 or len(data) < 2 + struct.unpack_from("!H", data)[0]:
                more = sock.recv(65535)
                if not more:
                    return None
                data += more
            return data[2:]
        except OSError:
            return None


def ask(address, name, kind="MX", **more):
    wire = ask_raw(address, name, kind, **more)
    return Answer(wire) if wire and len(wire) >= 12 else None
