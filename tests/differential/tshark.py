"""What does tshark say of frames, header by header?

Law: tshark sees every frame for itself: nothing is put together over frames and no name is looked up. Its values become
ours by a form that the kind of the column says, nothing else; what it means by them is left to `known`.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from functools import cache
from html import unescape
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from tests.differential.layers import COLUMNS, UNITS, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.differential.frames import Frame

# Where tshark has what one column holds under other names too, or Wireshark 4.0 has it by another name.
SPREAD = {
    "eth.type": ("eth.type", "vlan.etype", "ieee8021ah.etype"),
    "vlan.id": ("vlan.id", "ieee8021ad.id", "ieee8021ad.svid", "ieee8021ad.cvid"),
    "vlan.priority": ("vlan.priority", "ieee8021ad.priority"),
    "icmpv6.mld.maximum_response_delay": ("icmpv6.mld.maximum_response_delay", "icmpv6.mld.maximum_response_code"),
    "sll.etype": ("sll.etype", "sll.gretype", "sll.ltype"),
    "tcp.seq_raw": ("tcp.seq_raw", "tcp.seq"),
    "tcp.ack_raw": ("tcp.ack_raw", "tcp.ack"),
    "icmpv6.rd.na.target_address": ("icmpv6.nd.rd.target_address",),
}
NAMES = {name: field for field in COLUMNS.values() for name in SPREAD.get(field.name, (field.wireshark,))}
# What a port that is named here carries goes before what the other port of the datagram may mean to tshark. Captures
# have VXLAN on the last two.
RULES = tuple(f"udp.port=={port},vxlan" for port in (4789, 8472, 51999, 51998))
PREFERENCES = {
    "ip.defragment": "FALSE",
    "ipv6.defragment": "FALSE",
    "tcp.desegment_tcp_streams": "FALSE",
    "sctp.reassembly": "FALSE",
    "tcp.relative_sequence_numbers": "FALSE",
    "tcp.analyze_sequence_numbers": "FALSE",
    "tcp.calculate_timestamps": "FALSE",
    "udp.calculate_timestamps": "FALSE",
    "arp.detect_duplicate_ips": "FALSE",
    "ip.check_checksum": "TRUE",
    "tcp.check_checksum": "TRUE",
    "udp.check_checksum": "TRUE",
    "ipv6.exthdr_under_root_protocol_tree": "TRUE",
}

# Upper half of the time that all frames get, in microseconds: the year 2246. Of a time near its own tshark would take
# the bytes of an echo for a timestamp and not for data.
LATER = 0x1F0000


def command() -> str:
    """The path of tshark; the test is skipped where it is not installed."""
    found = shutil.which("tshark")
    if found is None:
        pytest.skip("needs tshark, which is not on this machine")
    return found


def run(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A tshark of no one's settings, its output in a pipe."""
    environment = os.environ | {"WIRESHARK_CONFIG_DIR": str(folder), "LC_ALL": "C"}
    return subprocess.Popen([command(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)


def known_fields(folder: Path) -> set[str]:
    """The display-filter names of this tshark; versions differ."""
    with run(folder, "-G", "fields") as listing:
        assert listing.stdout is not None
        return {line.split(b"\t")[2].decode().strip() for line in listing.stdout if line[:2] in {b"F\t", b"P\t"}}


def write_pcapng(path: Path, frames: Sequence[Frame]) -> None:
    """A pcapng of frames, one interface for each link type."""
    linktypes = list(dict.fromkeys(frame.linktype for frame in frames))
    with path.open("wb") as out:
        out.write(struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28))
        for linktype in linktypes:
            out.write(struct.pack("<IIHHII", 1, 20, linktype, 0, 0, 20))
        for number, frame in enumerate(frames):
            data = frame.data + bytes(-len(frame.data) % 4)
            total = 32 + len(data)
            interface = linktypes.index(frame.linktype)
            out.write(struct.pack("<7I", 6, total, interface, LATER, number, len(frame.data), frame.original))
            out.write(data + struct.pack("<I", total))


def dissect(folder: Path, frames: Sequence[Frame]) -> Iterator[list[Layer]]:
    """The layers of each frame, from the outside in, each frame for itself."""
    path = folder / "frames.pcapng"
    write_pcapng(path, frames)
    return dissect_file(folder, path, PREFERENCES)


def dissect_file(folder: Path, path: Path, preferences: Mapping[str, str]) -> Iterator[list[Layer]]:
    """The layers of each frame of a file."""
    arguments = ["-n", "-r", str(path), "-T", "pdml"]
    for rule in RULES:
        arguments += ["-d", rule]
    for name, value in preferences.items():
        arguments += ["-o", f"{name}:{value}"]
    with run(folder, *arguments) as process:
        assert process.stdout is not None
        yield from parse(process.stdout)
    assert process.returncode == 0


_ELEMENT = re.compile(rb'( *)<(proto|field) name="([^"]*)"')
_SHOWN = re.compile(rb' show="([^"]*)"')
_PLACE = re.compile(rb' pos="(\d+)"')
_FIELDS = {name.encode(): field for name, field in NAMES.items()}
# Below these the PDML has facts of the file, not layers.
_NO_LAYER = {b"geninfo", b"fake-field-wrapper"}


def parse(lines: Iterator[bytes]) -> Iterator[list[Layer]]:
    """The layers of each packet of a PDML."""
    layers: list[Layer] = []
    open_layers: list[tuple[int, Layer]] = []
    for line in lines:
        match = _ELEMENT.match(line)
        if match is None:
            if line.startswith(b"<packet>"):
                layers, open_layers = [], []
            elif line.startswith(b"</packet>"):
                yield layers
            continue
        indent, kind, name = match.groups()
        while open_layers and open_layers[-1][0] >= len(indent):
            open_layers.pop()
        if kind == b"proto" and name not in _FIELDS:
            if name not in _NO_LAYER and not any(name.startswith(b"%s." % one[1].name.encode()) for one in open_layers):
                place = _PLACE.search(line)
                layer = Layer(name.decode(), int(place[1]) if place else 0, {}, [])
                (open_layers[-1][1].inside if open_layers else layers).append(layer)
                open_layers.append((len(indent), layer))
        elif name in _FIELDS and open_layers:
            field = _FIELDS[name]
            shown = _SHOWN.search(line)
            if shown:
                values = open_layers[-1][1].fields.setdefault(field.name, [])
                values.append(value(field.kind, shown[1]) * UNITS.get(field.name, 1))


@cache
def value(kind: str, shown: bytes) -> int | str:
    """A text as it is, any other value as an integer: an address, a flag, or a number of any base."""
    text = shown.decode()
    if kind == "texts":
        return unescape(text)
    if kind == "mac":
        return int(text.replace(":", ""), 16)
    if kind in {"ipv4", "ipv6"}:
        return int(ip_address(text))
    if kind == "bool" and text not in {"0", "False"}:
        return 1  # a flag that is set, or an option that is there
    if ":" in text:
        return int(text.replace(":", ""), 16)
    return 0 if text == "False" else int(text, 0)
