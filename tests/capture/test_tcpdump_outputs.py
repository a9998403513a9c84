"""Does what tcpdump prints of a capture say the same as its bytes?

The captures and texts of data/ are made by data/make.py; their bytes are decoded by the binary decoder.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from vxlan_dissect import schema
from vxlan_dissect.capture import open_capture
from vxlan_dissect.decode import decode
from vxlan_dissect.packets import Packets

DATA = Path(__file__).parent / "data"
TEXTS = sorted(path.name for path in DATA.glob("*.txt"))
DUMPED = ("any.nXX.txt", "ethernet.nexx.txt", "ethernet.nvX.txt", "raw.nx.txt")
SPOKEN = [name for name in TEXTS if name not in DUMPED]
START = 1_720_770_268_594_775_000  # of the first frame; the next ones follow by 250 microseconds
MIDNIGHT = START // 86_400_000_000_000 * 86_400_000_000_000
# Frames of which -q does not show the tunnel, so that its packet stands for the whole.
VEILED = range(41, 46)

# Columns that tcpdump prints with these options (MACs also without, where it does not know the EtherType), and those
# that it never prints, or not as sent, or that are not read of its text.
WITH_E = {"outer.eth.dst", "outer.eth.src", "outer.eth.type", "vlan.id", "vlan.priority", "vlan.tags"}
WITH_V = {
    "ip.dsfield", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.id", "ip.len", "ip.ttl", "ipv6.flow", "ipv6.hlim",
    "ipv6.plen", "ipv6.tclass", "ipv6.fraghdr.ident", "icmpv6.mldr.mar.multicast_address", "icmpv6.nd.na.flag.o",
    "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s", "icmpv6.nd.ra.cur_hop_limit", "icmpv6.nd.ra.router_lifetime",
    "icmpv6.opt.mtu", "icmpv6.opt.src_linkaddr", "icmpv6.opt.target_linkaddr", "tcp.checksum", "udp.checksum",
    "quoted.ip.src", "quoted.ip.proto", "quoted.udp.srcport", "quoted.udp.length",
}  # fmt: skip
WITH_VV = {"outer.udp.checksum"}  # [no cksum], where the only other checksums are right, and right ones are not shown
NEVER = {
    "icmpv6.mldr.mar.nb_sources", "icmpv6.mldr.mar.record_type", "icmpv6.nd.ra.flag.m", "icmpv6.nd.ra.flag.o",
    "icmpv6.nd.ra.flag.prf", "icmpv6.nd.ra.reachable_time", "icmpv6.nd.ra.retrans_timer", "icmpv6.opt.prefix",
    "icmpv6.opt.prefix.flag.a", "icmpv6.opt.prefix.flag.l", "icmpv6.opt.prefix.length",
    "icmpv6.opt.prefix.preferred_lifetime", "icmpv6.opt.prefix.valid_lifetime", "ip.options.record_route",
    "ipv6.opt.router_alert", "sctp.checksum", "sctp.chunk_type", "sctp.verification_tag", "tcp.urgent_pointer",
    "arp.dst.hw_mac", "data.len", "data.offset", "icmp.checksum", "icmpv6.checksum", "icmpv6.nd.ra.flag", "ip.checksum",
    "ip.hdr_len",
    "ipv6.fraghdr.more", "tcp.hdr_len", "outer.udp.length", "quoted.ipv6.src", "quoted.ipv6.nxt", "quoted.ipv6.hlim",
    "quoted.ipv6.plen", "quoted.ipv6.flow", "quoted.ipv6.tclass", "quoted.udp.checksum",
}  # fmt: skip


@cache
def packets(name: str) -> Packets:
    """A capture, or a text, decoded."""
    return Packets.concat([decode(batch, name) for batch in open_capture(str(DATA / name))])


def pair(name: str) -> tuple[Packets, Packets]:
    """A text and the capture that it is of."""
    return packets(name), packets(name.partition(".")[0] + ".pcap")


@pytest.mark.parametrize("name", TEXTS)
def test_every_frame(name: str) -> None:
    """Each frame is one packet of the text, in order, and all lines were understood but those of unknown protocols."""
    text, capture = pair(name)
    assert text.column("frame.number").values.tolist() == capture.column("frame.number").values.tolist()
    unread = sum(batch.unread for batch in open_capture(str(DATA / name)))
    assert unread == (1 if name in {"ethernet.n.txt", "ethernet.nvt.txt", "ethernet.nvX.txt"} else 0)  # STP without -e


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_contradicted(name: str) -> None:
    """No column has another value in the text than in the bytes, and none is there that the bytes do not have."""
    text, capture = pair(name)
    shown = np.ones(len(text), dtype=bool)
    if "q" in name:
        shown[[number - 1 for number in VEILED if number <= len(text)]] = False
    # A dump may begin above the link layer: places in the frame are not those in the dump.
    places = {"data.offset", "outer.data.offset", "quoted.data.offset"}
    for column in (column for column in text.columns if not column.startswith("frame.") and column not in places):
        said, held = text.column(column), capture.column(column)
        wrong = said.valid & shown & ~(held.valid & (said.values == held.values))
        assert not wrong.any(), (column, (np.flatnonzero(wrong) + 1).tolist())


@pytest.mark.parametrize("name", [name for name in SPOKEN if name.startswith("ethernet") and "q" not in name])
def test_what_options_add(name: str) -> None:
    """A text says all columns that tcpdump prints with its options, and says no others."""
    flags = name.split(".")[1]
    unsaid = set(NEVER)
    unsaid |= set() if "e" in flags else WITH_E
    unsaid |= set() if "v" in flags else WITH_V
    unsaid |= set() if "vv" in flags else WITH_VV
    text, capture = (
        {column for column in side.columns if side.columns[column].valid.any() and not column.startswith("frame.")}
        for side in pair(name)
    )
    expected = {column for column in capture if not {column, schema.split_level(column)[1]} & unsaid}
    assert text == expected


@pytest.mark.parametrize("name", [name for name in SPOKEN if "e" in name.split(".")[1] and "q" not in name])
def test_layers(name: str) -> None:
    """With -e a text shows the same headers in the same order as the bytes."""
    text, capture = pair(name)
    assert [packet.protocols for packet in text] == [packet.protocols for packet in capture]


@pytest.mark.parametrize("name", ["ethernet.nexx.txt", "any.nXX.txt", "raw.nx.txt"])
def test_whole_dumps(name: str) -> None:
    """A dump of whole frames says everything that the capture says."""
    text, capture = pair(name)
    assert [packet.protocols for packet in text] == [packet.protocols for packet in capture]
    for column in (column for column in capture.columns if not column.startswith("frame.")):
        assert text.column(column).valid.tolist() == capture.column(column).valid.tolist(), column
        assert text.column(column).values.tolist() == capture.column(column).values.tolist(), column
    assert text.column("frame.cap_len").values.tolist() == capture.column("frame.cap_len").values.tolist()


def test_dumps_without_link_header() -> None:
    """A dump from the IP header on says everything from there on; ARP and unknown types have no bytes then."""
    text, capture = pair("ethernet.nvX.txt")
    held = text.column("frame.cap_len").valid
    ip = np.array([{"ip", "ipv6"} & set(packet.protocols[:4]) != set() for packet in capture])
    assert held.tolist() == (ip & (capture.column("eth.type").values != 0x0806) | ip).tolist()
    for column in ("ip.checksum", "icmpv6.checksum", "tcp.hdr_len", "outer.udp.checksum", "vxlan.vni", "data.len"):
        said, known = text.column(column), capture.column(column)
        rows = held & known.valid
        assert said.values[rows].tolist() == known.values[rows].tolist()


@pytest.mark.parametrize("name", TEXTS)
def test_times(name: str) -> None:
    """A text without a date has clock times; -ttt counts from the first frame; -t has none."""
    text = packets(name)
    flags = name.split(".")[1]
    times = [START + 250_000 * index for index in range(len(text))]
    column = text.column("frame.time_of_day")
    if "ttt" in flags:
        assert column.values.tolist() == [time - START for time in times]
    elif "t" in flags:
        assert not column.valid.any()
    else:
        assert column.values.tolist() == [time - MIDNIGHT for time in times]
    assert not text.column("frame.time_epoch").valid.any()


def test_lengths() -> None:
    """With -e the length of the frame is told, but not that of IEEE 802.3: tcpdump prints that of its payload."""
    text, capture = pair("ethernet.ne.txt")
    assert text.column("frame.len").valid.tolist() == [True] * (len(text) - 1) + [False]
    assert text.column("frame.len").values.tolist()[:-1] == capture.column("frame.len").values.tolist()[:-1]
    assert not packets("ethernet.n.txt").column("frame.len").valid[:-2].any()


def test_tunnels() -> None:
    """The number of tunnels is told where the text shows them or where there can be none."""
    text, capture = pair("ethernet.ne.txt")
    told = text.column("frame.tunnels")
    assert told.values[told.valid].tolist() == capture.column("frame.tunnels").values[told.valid].tolist()
    assert capture.column("frame.tunnels").values.tolist().count(2) == 1
    silent = [packet.protocols for packet in text if packet.get("frame.tunnels") is None]
    assert {layers[-1] for layers in silent} == {"udp"}
