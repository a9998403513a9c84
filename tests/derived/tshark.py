"""What does tshark say of the same messages? The oracle for derived columns."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.differential.tshark import RULES, command, known_fields, value
from tests.wire.real import write_pcap
from vxlan_dissect import schema
from vxlan_dissect.derived import dhcp, dns, tls
from vxlan_dissect.derived.payload import LEVELS
from vxlan_dissect.packets import TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.wire.real import Frame
    from vxlan_dissect.packets import Packet, Packets

FIELDS = [schema.FIELDS[name] for maker in (dns, dhcp, tls) for name in maker.FIELDS if schema.FIELDS[name].wireshark]
# What tshark must not do: put segments or fragments together.
WHOLE = ("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams")
SEPARATOR, AGGREGATOR = "\x1f", "\x1e"


def ask(folder: Path, linktype: int, frames: Sequence[Frame]) -> Iterator[dict[str, list[object]]]:
    """For each frame all values of each field, from the outside in."""
    assert {field.wireshark for field in FIELDS} <= known_fields(folder)
    path = folder / f"{linktype}.pcap"
    write_pcap(path, linktype, frames)
    arguments = ["-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a"]
    arguments += ["-E", f"separator={SEPARATOR}", "-E", f"aggregator={AGGREGATOR}"]
    for rule in RULES:
        arguments += ["-d", rule]
    for preference in WHOLE:
        arguments += ["-o", f"{preference}:FALSE"]
    for name in ["frame.number", *(field.wireshark for field in FIELDS)]:
        arguments += ["-e", name]
    done = subprocess.run([command(), *arguments], capture_output=True, check=True)
    for line in done.stdout.decode("utf-8", "backslashreplace").split("\n")[:-1]:
        cells = line.split(SEPARATOR)[1:]
        yield {field.name: _theirs(field, cell) for field, cell in zip(FIELDS, cells, strict=True)}


def _theirs(field: schema.Field, text: str) -> list[object]:
    cells = [cell for cell in text.split(AGGREGATOR) if cell]
    if field.kind == "texts":
        return ["." if cell == "<Root>" else cell for cell in cells]
    return [value(field.kind, cell.encode()) for cell in cells]


def ours(packets: Packets, field: schema.Field, row: int) -> list[object]:
    """All values of a column in a frame, from the outside in."""
    found: list[object] = []
    for level in LEVELS:
        column = packets.derived(level + field.name)
        if column.valid[row] and isinstance(column, TextColumn):
            found += column.texts[column.values[row]]
        elif column.valid[row]:
            found.append(int(column.values[row]))
    return found


def reason(packet: Packet, name: str, mine: list[object], theirs: Mapping[str, list[object]]) -> str | None:
    """Why a difference is none of ours, None where it has no known reason."""
    his = theirs[name]
    segment = packet.get("tcp.srcport") is not None
    if not segment and packet.get("udp.srcport") is None and not mine:
        return "it lies in a tunnel that we do not read"
    if segment and not mine and name.startswith("dns"):
        return "a segment that begins or ends within a message, of which tshark shows a part"
    if segment and not his:
        return "tshark reads no retransmission, and no hello that goes on in the next segment"
    if segment and his[: len(mine)] == mine and mine:
        return "tshark reads all messages of a segment, we the first"
    if name.startswith("tls") and not segment:
        return "QUIC, which tshark decrypts"
    if len(mine) < len(his) and any(not _is_name(str(cell)) for cell in theirs["dns.qry.name"]):
        return "we stop at a name that cannot be one (RFC 1035 section 4.1.4), tshark puts a remark there"
    if name == "dns.a" and _within(mine, his):
        return "tshark shows four bytes of an A record that has more"
    if name.startswith("dhcp") and not his and packet.get("frame.cap_len") != packet.get("frame.len"):
        return "tshark gives up a DHCP message of which options are cut"
    if name == "dns.resp.name" and _within(his, mine):
        return "tshark gives the owner of an SRV record another field"
    if name in {"dns.qry.type", "dhcp.hw.mac_addr"} and his[:1] == mine:
        return "we keep the first question, and the hardware address but not the client identifier"
    if packet.get("udp.length") == 0:
        return "length 0 is for jumbograms (RFC 2675 section 4); tshark stops there"
    if name.startswith("dns") and not mine and not packet.packets.derived("dns.id").valid[packet.row]:
        return "more questions and records than the length can hold, or less than a header: no message of DNS"
    plain = [str(text).replace("\\.", ".").replace("\\\\", "\\") for text in mine]
    if name.startswith("dns") and plain == his:
        return "a dot or a backslash in a label is escaped (RFC 1035 section 5.1)"
    return None


def _is_name(text: str) -> bool:
    return text.isascii() and not text.startswith("<Name")


def _within(few: list[object], many: list[object]) -> bool:
    """Whether `few` are some of `many`, in the same order."""
    rest = iter(many)
    return all(any(one == other for other in rest) for one in few)
