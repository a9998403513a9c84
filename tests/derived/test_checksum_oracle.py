"""Does tshark judge the same checksums alike?"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import pytest

from tests.wire.frames import records
from tests.wire.real import frames_of, write_pcap
from tests.wire.tshark import PORTS
from vxlan_dissect.decode import decode
from vxlan_dissect.derived.checksums import BAD, FIELDS, LEVELS, NOT_PRESENT, PARTIAL, UNVERIFIED

ILLEGAL = 4  # Wireshark's, for a UDP checksum of zero over IPv6, which RFC 6935 permits to tunnels
OPTIONS = [
    *("ip.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.check_checksum:TRUE"),
    *("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE"),
]


def by_tshark(path):
    """For each frame the states of each field, from the outside in."""
    command = shutil.which("tshark")
    if command is None:
        pytest.skip("needs tshark, which is not on this machine")
    arguments = [command, "-n", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= "]
    arguments += [word for option in OPTIONS for word in ("-o", option)]
    arguments += [word for port in PORTS for word in ("-d", f"udp.port=={port},vxlan")]
    arguments += [word for field in FIELDS for word in ("-e", field)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    for line in done.stdout.split("\n")[:-1]:
        yield [[int(state) for state in cell.split()] for cell in line.split("\t")]


def allowed(packet, mine, his):
    """Whether two states differ for a known reason."""
    if mine == PARTIAL:
        return his == BAD
    if mine == NOT_PRESENT:
        return his == ILLEGAL
    # tshark sums what the first fragment of a tunnel packet holds of the packet inside.
    return mine == UNVERIFIED and his == BAD and bool(packet.get("outer.ip.flags.mf"))


def compare(paths, folder):
    """How often each state was found alike, and the frames in which states differ."""
    alike, differing = Counter(), []
    for linktype, frames in frames_of(paths).items():
        write_pcap(folder / "x.pcap", linktype, frames)
        packets = decode(records([f.data for f in frames], linktype, original=[f.original for f in frames]), "oracle")
        columns = {field: [packets.derived(level + field) for level in reversed(LEVELS)] for field in FIELDS}
        for packet, frame, theirs in zip(packets, frames, by_tshark(folder / "x.pcap"), strict=True):
            # tshark judges a header that is cut, and the packet that an ICMP error quotes.
            if packet.get("damage.layer") is not None:
                continue
            for field, states in zip(FIELDS, theirs, strict=True):
                mine = [int(column.values[packet.row]) for column in columns[field] if column.valid[packet.row]]
                his = states if packet.get("quoted.data.len") is None else states[: len(mine)]
                pairs = list(zip(mine, his, strict=False))
                if len(mine) != len(his) or any(a != b and not allowed(packet, a, b) for a, b in pairs):
                    differing.append((frame.source, field, mine, his))
                alike.update((field, a) for a, b in pairs if a == b)
    return alike, differing


def test_stored_captures(captures_dir, tmp_path):
    """Every checksum of every stored frame."""
    alike, differing = compare(sorted(captures_dir.rglob("*.*cap*")), tmp_path)
    assert differing == []
    assert sum(alike.values()) > 3000


@pytest.mark.parametrize("folder", ["captures", "captures-versions", "captures-others"])
def test_shared_captures(shared_dir, folder, tmp_path):
    """The same for all captures that lie beside the repository."""
    alike, differing = compare(sorted((shared_dir / folder).rglob("*.pcap*")), tmp_path)
    assert differing == []
    assert sum(alike.values()) > 5000
