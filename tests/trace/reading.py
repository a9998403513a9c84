"""Which frames does a capture hold, and where was each taken?

Law: read with struct alone, so that no reader that is judged has also made the truth. The name of a file is the point
(NODE.DEVICE, NODE.pod-POD.DEVICE, NODE.any); an ifindex is named by what `ip` said on that node.
"""

from __future__ import annotations

import functools
import json
import re
import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
PCAPNG = b"\x0a\x0d\x0d\x0a"
ETHERNET, RAW, SLL, SLL2 = 1, 101, 113, 276
SUFFIXES = (".pcap", ".pcapng")
FORMAT = re.compile(r"_(nano|sll1)$")  # cilium-48-formats: what the file is, not where it was taken
LISTED = re.compile(r"^(\d+): ([^:@\s]+)[@:]", re.MULTILINE)


class Place(NamedTuple):
    """One interface of a node, or of a pod: None where the frame does not say which, #INDEX where nobody names it."""

    node: str
    interface: str | None
    pod: str | None = None

    def __str__(self) -> str:
        """As the table of truth writes it."""
        middle = f".pod-{self.pod}" if self.pod else ""
        return f"{self.node}{middle}.{self.interface}"


class Record(NamedTuple):
    """One captured frame. A cooked header has `packet_type`, 0 to 3 came in, 4 went out, and `index`, the ifindex."""

    capture: str
    number: int
    time: int
    place: Place
    linktype: int
    length: int
    data: bytes
    packet_type: int | None
    index: int | None = None


def captures_in(folder: Path) -> list[Path]:
    """The captures of a scenario."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)


def read(path: Path, names: dict[str, dict[int, str]]) -> list[Record]:
    """All frames of a capture; `names` is node -> ifindex -> name."""
    data = path.read_bytes()
    found = _pcapng(data) if data.startswith(PCAPNG) else _pcap(data)
    node, pod, interface = point_of(path)
    records = []
    for number, (time, linktype, length, name, frame) in enumerate(found, start=1):
        index, kind = _cooked(frame, linktype)
        own = name or interface
        if index is not None:
            own = names.get(node, {}).get(index, f"#{index}")
        records.append(Record(path.name, number, time, Place(node, own, pod), linktype, length, frame, kind, index))
    return records


def point_of(path: Path) -> tuple[str, str | None, str | None]:
    """Node, pod and interface that the name of a file tells; no interface for `any` and for several."""
    node, _, rest = FORMAT.sub("", path.stem).partition(".")
    pod = None
    if rest.startswith("pod-"):
        pod, _, rest = rest.removeprefix("pod-").partition(".")
    return node, pod, None if rest in {"any", "multi"} else rest


def interfaces(*inventories: Path) -> dict[str, dict[int, str]]:
    """Node -> ifindex -> name, from inventories; a later one knows better."""
    found: dict[str, dict[int, str]] = {}
    for inventory in inventories:
        for node, names in _interfaces(inventory).items():
            found.setdefault(node, {}).update(names)
    return found


@functools.cache
def _interfaces(inventory: Path) -> dict[str, dict[int, str]]:
    """The same of one, from the outputs of `ip` in it."""
    found: dict[str, dict[int, str]] = {}
    if not inventory.is_dir():
        return found
    for folder in (path for path in inventory.iterdir() if path.is_dir()):
        names = found.setdefault(folder.name, {})
        for path in sorted(folder.glob("ip-*")):
            text = path.read_text(encoding="utf-8")
            if path.is_file() and LISTED.search(text):
                names.update({int(index): name for index, name in LISTED.findall(text)})
            elif path.is_file() and text.startswith("[") and '"ifindex"' in text:
                names.update({each["ifindex"]: each["ifname"] for each in json.loads(text) if "ifname" in each})
    return found


def _cooked(frame: bytes, linktype: int) -> tuple[int | None, int | None]:
    if linktype == SLL2 and len(frame) >= 20:
        return struct.unpack_from("!I", frame, 4)[0], frame[10]
    if linktype == SLL and len(frame) >= 16:
        return None, struct.unpack_from("!H", frame)[0]
    return None, None


def _pcap(data: bytes) -> Iterator[tuple[int, int, int, None, bytes]]:
    order, unit = MAGICS[data[:4]]
    (linktype,) = struct.unpack_from(order + "I", data, 20)
    at, head = 24, struct.Struct(order + "IIII")
    while at + 16 <= len(data):
        seconds, fraction, held, length = head.unpack_from(data, at)
        frame = data[at + 16 : at + 16 + held]
        yield seconds * 10**9 + fraction * unit, linktype & 0xFFFF, length, None, frame
        at += 16 + held


def _pcapng(data: bytes) -> Iterator[tuple[int, int, int, str | None, bytes]]:
    """Little-endian sections with enhanced packet blocks; resolution from option 9 of the interface, else µs."""
    at, links = 0, []
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        body = data[at + 8 : at + size - 4]
        if kind == 1:
            options = dict(options_of(body[8:]))
            resolution = options.get(9, b"\x06")[0]
            name = options[2].split(b"\0")[0].decode() if 2 in options else None
            links.append((struct.unpack_from("<H", body)[0], name, 10 ** (9 - resolution)))
        elif kind == 6:
            link, high, low, held, length = struct.unpack_from("<IIIII", body)
            linktype, name, unit = links[link]
            yield (high << 32 | low) * unit, linktype, length, name, body[20 : 20 + held]
        at += size


def options_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Codes and values of a block's options."""
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from("<HH", data, at)
        yield code, data[at + 4 : at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
