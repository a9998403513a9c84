"""What does tshark say of the same frames? The oracle for columns and layers."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.wire.real import write_pcap
from vxlan_dissect import schema
from vxlan_dissect.packets import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.wire.real import Frame
    from vxlan_dissect.packets import Packet

# Ports on which the captures have VXLAN beside 4789, which tshark has to be told.
PORTS = (8472, 51999, 51998)
# What would join packets or change numbers.
PREFERENCES = ("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "tcp.relative_sequence_numbers")
# Columns that mean something else in Wireshark, and why. `data.len` begins after a timestamp that it finds in an echo's
# data; `vxlan.gbp` stands there without the G flag; fragment offsets count 8 bytes; the others differ in form.
OTHERWISE = {
    "frame.number", "frame.time_epoch", "frame.interface_id", "frame.layers", "data.len", "vxlan.gbp", "ip.frag_offset",
    "ipv6.fraghdr.offset",
}  # fmt: skip
DECODED = schema.FRAME_FIELDS + schema.PACKET_FIELDS
COLUMNS = [field for field in DECODED if field.wireshark and field.name not in OTHERWISE]
# Options without a value, of which tshark prints the title.
PRESENCE = {field.name for field in COLUMNS if ".options." in field.name and field.kind == "bool"}
# Numbers that tshark prints as bytes.
BYTES = {"ipv6.routing.srh.tag", "icmpv6.opt.nonce"}
# Columns of which we keep one value, the first record's or block's or the innermost tag's, where tshark shows all.
KEPT_ONE = {
    **dict.fromkeys(("vlan.id", "vlan.priority", "ipv6.routing.src.addr"), slice(-1, None)),
    **dict.fromkeys(("ipv6.routing.srh.addr", "sctp.chunk_type"), slice(1)),
    **dict.fromkeys(("igmp.maddr", "igmp.num_src", "igmp.record_type"), slice(1)),
    **dict.fromkeys(("icmpv6.mldr.mar.record_type", "icmpv6.mldr.mar.nb_sources"), slice(1)),
    **dict.fromkeys(("icmpv6.mldr.mar.multicast_address", "tcp.options.sack_le", "tcp.options.sack_re"), slice(1)),
    **dict.fromkeys(("mpls.label", "mpls.exp", "mpls.ttl"), slice(-1, None)),
    # Of Geneve's option lengths tshark's first is the sum, as ours.
    **dict.fromkeys(("geneve.option.class", "geneve.option.type", "geneve.option.length"), slice(1)),
    # Wireshark has one name for prefixes on the link and prefixes of routes.
    **dict.fromkeys(("icmpv6.opt.rdnss", "icmpv6.opt.prefix", "icmpv6.opt.prefix.length"), slice(1)),
}


def known_fields(command: str) -> set[str]:
    """The display-filter names of this tshark; versions differ."""
    listed = subprocess.run([command, "-G", "fields"], capture_output=True, text=True, check=True).stdout
    return {line.split("\t")[2] for line in listed.splitlines() if line.startswith(("F\t", "P\t"))}


def ask(folder: Path, linktype: int, frames: Sequence[Frame]) -> Iterator[tuple[list[str], dict[str, list[object]]]]:
    """For each frame its layers and, for each column, all its values from the outside in."""
    command = shutil.which("tshark")
    if command is None:
        pytest.skip("needs tshark, which is not on this machine")
    known = known_fields(command)
    columns = [field for field in COLUMNS if field.wireshark in known]
    # tshark 4 names the target of a redirect otherwise; nothing else may be missing.
    assert {f.name for f in COLUMNS} - {f.name for f in columns} <= {"icmpv6.rd.na.target_address", "sll.etype"}
    path = folder / f"{linktype}.pcap"
    write_pcap(path, linktype, frames)
    arguments = ["-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= ", "-E", "separator=|"]
    for port in PORTS:
        arguments += ["-d", f"udp.port=={port},vxlan"]
    for preference in PREFERENCES:
        arguments += ["-o", f"{preference}:FALSE"]
    for name in ["frame.protocols", *(field.wireshark for field in columns)]:
        arguments += ["-e", name]
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        protocols, *cells = line.split("|")
        layers = [name for name in protocols.split(":") if name != "ethertype"]
        yield layers, {field.name: read_all(field, text) for field, text in zip(columns, cells, strict=True)}


def read_all(field: schema.Field, text: str) -> list[object]:
    """All values of a field; what Wireshark has no value for is there or not."""
    if field.name in PRESENCE:
        return [1] if text else []
    return [read(field, cell) for cell in text.split()]


def read(field: schema.Field, cell: str) -> object:
    """A cell as our value: addresses stay text, flags and numbers of any base are integers."""
    if field.kind in {"mac", "ipv4", "ipv6"}:
        return cell
    if field.name in BYTES:
        return int(cell.replace(":", ""), 16)
    return {"True": 1, "False": 0}[cell] if cell in {"True", "False"} else int(cell, 0)


def ours(packet: Packet, field: schema.Field) -> list[object]:
    """All values of a column in a frame, from the outside in."""
    found = []
    for level in (schema.OUTER, "", schema.QUOTED):
        value = packet.get(level + field.name)
        if value is not None:
            found.append(text_of(field.name, value) if field.kind in {"mac", "ipv4", "ipv6"} else int(value))
    return found


def disagreements(
    packet: Packet, layers: list[str], theirs: dict[str, list[object]]
) -> Iterator[tuple[str, object, object]]:
    """(what, ours, theirs) for all in which a frame differs, those with a known reason left out."""
    renamed = ["vlan" if name == "ieee8021ad" else name for name in layers]
    if renamed[: len(packet.protocols)] != list(packet.protocols):
        yield "layers", packet.protocols, layers
    # tshark shows the fields of a header up to the cut; we show none of a header that is not whole.
    if packet.get("damage.layer") is not None:
        return
    quoting = packet.get("quoted.ip.src") is not None or packet.get("quoted.ipv6.src") is not None
    for field in COLUMNS:
        mine, his = ours(packet, field), theirs.get(field.name)
        if his is None or mine == his:
            continue
        # We stop at the tunnel header in a quote; tshark goes on, but reads only the ports of a quoted TCP segment.
        if quoting and (his[: len(mine)] == mine or (field.name.startswith("tcp.") and mine[: len(his)] == his)):
            continue
        if field.name in KEPT_ONE and mine == his[KEPT_ONE[field.name]]:
            continue
        # Our type is the one after all tags; tshark's is that of the first tag.
        if field.name == "eth.type" and "vlan" in packet.protocols:
            continue
        # Of a segment that a fragment of a tunnel packet cuts tshark gives no length; ours is what the fragment holds.
        if field.name == "tcp.len" and packet.get("outer.ip.flags.mf") and not his:
            continue
        if field.name.startswith("icmpv6.opt.prefix") and not mine and packet.get("icmpv6.opt.route_info.prefix"):
            continue
        # tshark shows the code of a version 2 query, not the delay that it stands for (RFC 3810 section 5.1.3).
        if field.name == "icmpv6.mld.maximum_response_delay" and packet.get("icmpv6.mld.nb_sources") is not None:
            continue
        yield field.name, mine, his
