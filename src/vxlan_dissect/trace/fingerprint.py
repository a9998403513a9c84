"""By what is a packet known again at another place?

Law: only by what no hop changes. MACs, hop limit, checksums, DSCP and ECN, and all headers of a tunnel are left out, so
that a packet looks the same at a pod, in the tunnel, and behind it. A second, weaker print leaves out what address
translation changes (RFC 3022, RFC 5508): addresses, ports and the identifier of echoes.

What is hashed: addresses, protocol, the identification of IPv4 (RFC 6864: no hop changes it), fragment offset, lengths
of what the transport carries, ports, TCP's numbers, flags and timestamp, type, code and numbers of ICMP, targets and
MACs inside ARP and neighbour discovery. Offload may change CWR and ECE (RFC 3168), so they are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vxlan_dissect.packets import Packets

BODY = 32  # bytes of payload that tell repeated packets apart; a short capture length leaves so much behind a tunnel
TCP_FLAGS = 0x3F  # FIN, SYN, RST, PSH, ACK, URG
ICMP_ERRORS = (3, 4, 5, 11, 12)
ECHO = 128  # ICMPv6 types below are errors (RFC 4443 section 2.1)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed (Knuth, TAOCP 6.4: the golden ratio)
_SHIFT = np.uint64(29)
_ADDRESSES = (
    "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
    "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address",
)  # fmt: skip
_OFFSETS = ("ip.frag_offset", "ipv6.fraghdr.offset")
_KEPT = (
    "ip.proto", "ip.id", "arp.opcode", "arp.src.hw_mac",
    "icmpv6.opt.src_linkaddr", "icmpv6.opt.target_linkaddr", "tcp.seq_raw",
    "tcp.ack_raw", "tcp.options.timestamp.tsval", "icmp.type", "icmp.code", "icmp.seq", "icmpv6.type", "icmpv6.code",
    "icmpv6.echo.sequence_number",
)  # fmt: skip


class Prints(NamedTuple):
    """By what the frames of a batch are known; every array has shape (n,).

    `strong` and `weak`, uint64: with and without what translation changes. `body`, uint64: of the first BODY bytes that
    the transport carries, 0 where the capture does not hold them. `flow`, uint64: addresses, protocol and ports, in
    this direction. `ports`, uint32: source and destination in the high and low half, of an echo its identifier in both.
    `number`, uint32: TCP's sequence number or that of an echo. `length`, int32: bytes that the transport carries.
    `flags`, uint8: TCP's.
    """

    strong: NDArray[np.uint64]
    weak: NDArray[np.uint64]
    body: NDArray[np.uint64]
    flow: NDArray[np.uint64]
    ports: NDArray[np.uint32]
    number: NDArray[np.uint32]
    length: NDArray[np.int32]
    flags: NDArray[np.uint8]


def prints(packets: Packets) -> Prints:
    """The prints of all frames of a batch."""
    length, ports, body = _lengths(packets), ports_of(packets), _bodies(packets)
    flags = (_of(packets, "tcp.flags") & TCP_FLAGS).astype(np.uint8)
    message = mixed(_summed(packets, _KEPT) + _nameless(packets), _offsets(packets), length.view(np.uint32), flags)
    flow = mixed(_summed(packets, _ADDRESSES), ports)
    strong = mixed(flow, message)
    # An error quotes addresses, which are translated as well; neighbours and groups are never translated.
    weak = mixed(message, np.where(is_error(packets), np.uint64(0), body))
    weak = np.where(_translatable(packets), weak, strong)
    return Prints(strong, weak, body, flow, ports, _numbers(packets), length, flags)


def mixed(*columns: NDArray[Any]) -> NDArray[np.uint64]:
    """One number for the values of several columns of shape (n,): equal rows, equal numbers."""
    hashes = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        hashes ^= hashes >> _SHIFT
        hashes ^= column.astype(np.uint64, copy=False)
        hashes *= _MULTIPLIER
    return hashes ^ (hashes >> _SHIFT)


def words_of(values: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The values of a column as columns of whole numbers: an address of IPv6 has two halves."""
    return (values["hi"], values["lo"]) if values.dtype.names else (values,)


def _of(packets: Packets, name: str) -> NDArray[np.int64]:
    """A column of whole numbers, 0 where it is absent, with no difference between the two."""
    column = packets.columns.get(name)
    if column is None:
        return np.zeros(len(packets), dtype=np.int64)
    values: NDArray[np.int64] = np.where(column.valid, column.values, 0).astype(np.int64)
    return values


def _summed(packets: Packets, names: tuple[str, ...]) -> NDArray[np.uint64]:
    """One number a frame for several columns: a column that is absent in a frame, or in all, adds nothing to it."""
    total = np.zeros(len(packets), dtype=np.uint64)
    for name in names:
        column = packets.columns.get(name)
        if column is None or not column.valid.any():
            continue
        # Which column it is counts too, and which half of an address.
        for half, word in enumerate(words_of(column.values)):
            salt = np.full(len(packets), crc32(f"{name} {half}".encode()), dtype=np.uint64)
            total += np.where(column.valid, mixed(salt, word), np.uint64(0))
    return total


def _nameless(packets: Packets) -> NDArray[np.uint64]:
    """The sender's MAC of a frame from the unspecified address, which does not say who sent it; 0 for others."""
    source = packets.column("ipv6.src")
    if not source.valid.any():
        return np.zeros(len(packets), dtype=np.uint64)
    nobody = source.valid & (source.values["hi"] == 0) & (source.values["lo"] == 0)
    mac = np.where(packets.column("eth.src").valid, _of(packets, "eth.src"), _of(packets, "sll.src.mac"))
    return np.where(nobody, mac, 0).astype(np.uint64)


def _offsets(packets: Packets) -> NDArray[np.int64]:
    """Where in its datagram a fragment belongs; 0 for the first, for what was rebuilt, and for what was never cut."""
    four, six = (_of(packets, name) for name in _OFFSETS)
    return np.where(packets.column("frame.fragments").valid, 0, four + six)


def ports_of(packets: Packets) -> NDArray[np.uint32]:
    """Source and destination port of each frame in the high and low half, of an echo its identifier in both."""
    src = _of(packets, "tcp.srcport") | _of(packets, "udp.srcport")
    dst = _of(packets, "tcp.dstport") | _of(packets, "udp.dstport")
    echo = _of(packets, "icmp.ident") | _of(packets, "icmpv6.echo.identifier")
    ports: NDArray[np.uint32] = (((src | echo) << 16) | dst | echo).astype(np.uint32)
    return ports


def _numbers(packets: Packets) -> NDArray[np.uint32]:
    echo = _of(packets, "icmp.seq") | _of(packets, "icmpv6.echo.sequence_number")
    return (_of(packets, "tcp.seq_raw") | echo).astype(np.uint32)


def _lengths(packets: Packets) -> NDArray[np.int32]:
    """What the transport carries, in bytes, by the lengths that headers state: padding and a cut do not count."""
    whole = packets.column("frame.fragments").valid
    four = packets.column("ip.len").valid & packets.column("ip.src").valid
    payload = np.where(four, _of(packets, "ip.len") - _of(packets, "ip.hdr_len"), _of(packets, "ipv6.plen"))
    tcp, udp = packets.column("tcp.len"), packets.column("udp.length")
    length = np.where(whole, _of(packets, "data.len"), payload - 8 * _has_message(packets))
    # The first fragment of a datagram states the length of all of it.
    cut = (_of(packets, "ip.flags.mf") | _of(packets, "ipv6.fraghdr.more")).astype(bool)
    length = np.where(udp.valid, np.where(cut, payload - 8, _of(packets, "udp.length") - 8), length)
    found: NDArray[np.int32] = np.where(tcp.valid, _of(packets, "tcp.len"), length).astype(np.int32)
    return found


def is_error(packets: Packets) -> NDArray[np.bool_]:
    """Which frames are ICMP errors."""
    four, six = packets.column("icmp.type"), packets.column("icmpv6.type")
    found: NDArray[np.bool_] = (four.valid & np.isin(four.values, ICMP_ERRORS)) | (six.valid & (six.values < ECHO))
    return found


def _translatable(packets: Packets) -> NDArray[np.bool_]:
    """Which frames are of a kind that address translation lets pass under another address."""
    transport = packets.column("tcp.srcport").valid | packets.column("udp.srcport").valid
    echo = packets.column("icmp.ident").valid | packets.column("icmpv6.echo.identifier").valid
    return transport | echo | is_error(packets)


def _has_message(packets: Packets) -> NDArray[np.bool_]:
    """Whether a frame has the eight bytes of an ICMP header, which an error keeps and an echo too."""
    return packets.column("icmp.type").valid | packets.column("icmpv6.type").valid


def _bodies(packets: Packets) -> NDArray[np.uint64]:
    """Hashes of the first BODY bytes that follow the last header; 0 where fewer are at hand than there were.

    TCP has none: its numbers say enough, and those of a segment that offload made are others.
    """
    from vxlan_dissect.derived.payload import places as payloads

    found = np.zeros(len(packets), dtype=np.uint64)
    offset, wire = packets.column("data.offset"), _data_lengths(packets)
    for data, rows, starts, ends in payloads(packets, "", offset.valid & ~packets.column("tcp.seq_raw").valid):
        sizes = np.minimum(ends - starts, BODY)
        known = sizes >= np.minimum(wire[rows], BODY)
        rows, starts, sizes = rows[known], starts[known], sizes[known]
        full = (sizes == BODY) & (starts + BODY <= len(data))
        if full.any():
            gathered = np.ndarray((len(data) - BODY + 1,), f"V{BODY}", data, strides=(1,))[starts[full]]
            words = np.ascontiguousarray(gathered).view("<u8").reshape(-1, BODY // 8)
            # With the size, so that zeros are not taken for a payload that was not captured.
            found[rows[full]] = mixed(*words.T, sizes[full])
        if not full.all():
            rows, starts, sizes = rows[~full], starts[~full], sizes[~full]
            where = np.minimum(starts[:, None] + np.arange(BODY), len(data) - 1)
            padded = np.where(np.arange(BODY) < sizes[:, None], data[where], 0).astype(np.uint8)
            words = padded.view("<u8")
            found[rows] = mixed(*words.T, sizes)
    return found


def _data_lengths(packets: Packets) -> NDArray[np.int64]:
    """How long the payload was before the capture cut it, as far as lengths say."""
    length, stated = _of(packets, "data.len"), _lengths(packets).astype(np.int64)
    transport = packets.column("udp.length").valid | packets.column("tcp.len").valid
    echo = packets.column("icmp.seq").valid | packets.column("icmpv6.echo.sequence_number").valid
    return np.where(transport | echo, stated, length)
