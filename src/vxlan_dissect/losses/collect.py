"""Which conversations does a capture show, and how much of each passed at each of its points?

Law: frames are grouped by columns, and what is counted of a group is counted on arrays; Python runs once a group. A
capture with more conversations than MAX_CONVERSATIONS is looked at as far as these go, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.explain.blind import host_end
from vxlan_dissect.explain.findings import FIRST_FRAMES
from vxlan_dissect.explain.pair import COPY, NONE, UNANSWERED
from vxlan_dissect.explain.places import At, at_of
from vxlan_dissect.group import group, group_with_keys
from vxlan_dissect.losses.columns import counted
from vxlan_dissect.losses.model import (
    BACK,
    FORWARD,
    MAX_UNITS,
    Conversation,
    Coverage,
    ErrorMessage,
    Key,
    Question,
    Spot,
    Tally,
    Unit,
    turned,
)
from vxlan_dissect.losses.segments import add_segments

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.losses.columns import Counted
    from vxlan_dissect.packets import Packet
    from vxlan_dissect.pipeline import Explanations

MAX_CONVERSATIONS = 65536
MAX_ERRORS = 1024  # ICMP errors and unanswered questions kept of one capture
OTHER_HOST = 3  # sll.pkttype
CUT = 0  # damage.limit: the captured length
_COLUMNS = (
    "frame.interface_id", "frame.tunnels", "sll.ifindex", "sll.pkttype", "icmpv6.type", "icmp.type", "ip.src", "ip.dst",
    "ipv6.src", "ipv6.dst", "icmp.ident", "icmpv6.echo.identifier", "tcp.srcport", "tcp.dstport", "udp.srcport",
    "udp.dstport", "eth.src", "eth.dst", "ip.ttl", "ipv6.hlim",
)  # fmt: skip
_ASKING = (
    "icmpv6.nd.ns.target_address", "arp.dst.proto_ipv4", "sll.ifindex", "frame.interface_id", "frame.tunnels",
    "eth.src", "ipv6.src",
)  # fmt: skip
_RESOLVING = (
    "frame.interface_id", "frame.tunnels", "sll.ifindex", "arp.opcode", "icmpv6.type", "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4", "ipv6.src", "ipv6.dst", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address",
)  # fmt: skip
ECHOES = {("icmp", 8): FORWARD, ("icmp", 0): BACK, ("icmpv6", 128): FORWARD, ("icmpv6", 129): BACK}
_ERRORS = {"icmp": (3, 5, 11, 12), "icmpv6": (1, 2, 3, 4)}


_Counting = tuple[Tally, str]  # and the protocol


class Collection:
    """What one or several captures show of conversations; batches of them are learned one after the other."""

    def __init__(self) -> None:
        self.conversations: dict[Key, Conversation] = {}
        self.errors: dict[Key, list[ErrorMessage]] = {}
        self.questions: list[Question] = []
        self.coverage: dict[tuple[str, At], Coverage] = {}  # by capture and place
        # whether something that another pod or station sent was delivered to a pod at the host end of its veth
        self.delivers = False
        self.left_out = 0
        self._kept = 0
        self._state: Hashable = None
        self._alone: dict[int, Context] = {}
        self._tallies: dict[bytes, _Counting | None] = {}

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""
        packets = batch.packets
        self._cover(batch)
        if not len(packets):
            return
        rows = np.flatnonzero(_concerned(batch))
        codes, firsts, keys = group_with_keys(packets, _COLUMNS, rows=rows)
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(firsts))).tolist()
        frames = counted(packets, rows[order], batch.file_name)
        known, self._alone = self._tallies_of(batch), {}
        begin = 0
        for first, key, end in zip(firsts, keys, ends, strict=True):
            if key not in known:
                known[key] = self._tally_of(batch, first)
            found = known[key]
            if found is not None:
                _add(found[0], frames.cut(begin, end), found[1])
            begin = end
        if batch.lessons.profile.flat:
            self._learn_resolution(batch)
        self._learn_errors(batch)
        self._learn_questions(batch)

    def _cover(self, batch: Explanations) -> None:
        times = batch.times
        begin, end = (int(times.min()), int(times.max())) if len(times) else (None, None)
        veiled = _is_veiled(batch)
        # One capture of which nobody knows where it was taken is still one place.
        for at in [at_of(point) for point in batch.places()] or [At(None, None)]:
            key = batch.name, at
            known = self.coverage.get(key)
            if known is not None and known.begin_ns is not None and known.end_ns is not None:
                begin = known.begin_ns if begin is None else min(begin, known.begin_ns)
                end = known.end_ns if end is None else max(end, known.end_ns)
            veiled = veiled or (known is not None and known.veiled)
            self.coverage[key] = Coverage(batch.file_name, at, begin, end, veiled)

    def _tallies_of(self, batch: Explanations) -> dict[bytes, _Counting | None]:
        """The tallies by group of the capture at hand, as far as earlier batches showed them.

        They are forgotten where another capture begins, other columns occur, or its place is seen in another light.
        """
        state = (batch.name, tuple(name for name in _COLUMNS if name in batch.packets.columns), tuple(batch.places()))
        if state != self._state or len(self._tallies) > MAX_CONVERSATIONS:
            self._state, self._tallies = state, {}
        return self._tallies

    def _tally_of(self, batch: Explanations, first: int) -> _Counting | None:
        """The tally for the frames of a group, of which `first` is one, and their protocol; None where none is kept."""
        packet = batch.packets[first]
        found = key_of(packet)
        if found is None:
            return None
        context = batch.context(first)
        spot = _spot(batch, packet, context)
        key, direction = found
        self.delivers = self.delivers or _is_delivery(context, spot.at)
        conversation = self.conversations.get(key)
        if conversation is None:
            conversation = self.conversations.get(turned(key))
            if conversation is not None:
                direction = 1 - direction
        if conversation is None:
            if len(self.conversations) >= MAX_CONVERSATIONS:
                self.left_out += 1
                return None
            conversation = self.conversations[key] = Conversation(key)
        tally = conversation.seen[direction].get(spot)
        if tally is None:
            tally = conversation.seen[direction][spot] = Tally(self._alone_of(batch, first, context))
            if spot.hop_limit is not None:
                tally.hop_limits.add(spot.hop_limit)
        tally.foreign = tally.foreign or packet.get("sll.pkttype") == OTHER_HOST
        return tally, key.protocol

    def _alone_of(self, batch: Explanations, row: int, context: Context) -> Context:
        """The context without its batch, once for all conversations of one situation."""
        code = int(batch.codes[row])
        if code not in self._alone:
            self._alone[code] = context.alone()
        return self._alone[code]

    def _learn_resolution(self, batch: Explanations) -> None:
        """ARP and neighbour discovery of a link that goes through the tunnel are conversations of their own."""
        packets, state = batch.packets, batch.exchanges.state
        kinds = packets.column("icmpv6.type")
        wanted = packets.column("arp.opcode").valid | (kinds.valid & np.isin(kinds.values, (135, 136)))
        rows = np.flatnonzero(wanted & ~np.isin(state, (NONE, COPY)))
        codes, firsts = group(packets, _RESOLVING, [state], rows=rows)
        for number, row in enumerate(firsts):
            packet, context = packets[row], batch.context(row)
            key, direction = resolution_of(packet)
            spot = _spot(batch, packet, context)
            if key is None or len(self.conversations) >= MAX_CONVERSATIONS:
                continue
            seen = self.conversations.setdefault(key, Conversation(key)).seen[direction]
            tally = seen.setdefault(spot, Tally(context.alone()))
            members = rows[codes == number]
            _add(tally, counted(packets, members, batch.file_name), key.protocol)
            tally.unanswered += len(members) if state[row] == UNANSWERED else 0

    def _learn_errors(self, batch: Explanations) -> None:
        packets = batch.packets
        for family, types in _ERRORS.items():
            column = packets.columns.get(f"{family}.type")
            if column is None:
                continue
            rows = np.flatnonzero(column.valid & np.isin(column.values, types))
            for row in rows.tolist()[: max(MAX_ERRORS - self._kept, 0)]:
                packet, context = packets[row], batch.context(row)
                key, spot = _quoted(packet), _spot(batch, packet, context)
                if key is None:
                    continue
                self._kept += 1
                message = ErrorMessage(
                    family,
                    packet.integer(f"{family}.type") or 0,
                    packet.integer(f"{family}.code") or 0,
                    packet.integer(f"{family}.mtu"),
                    context.alone(),
                    spot,
                    (batch.file_name, packet.number),
                    int(batch.times[row]),
                    packet.integer("ip.ttl" if family == "icmp" else "ipv6.hlim"),
                )
                self.errors.setdefault(key, []).append(message)

    def _learn_questions(self, batch: Explanations) -> None:
        packets, state = batch.packets, batch.exchanges.state
        asks = packets.column("icmpv6.nd.ns.target_address").valid | packets.column("arp.opcode").valid
        rows = np.flatnonzero(asks & (state == UNANSWERED))
        codes, firsts = group(packets, _ASKING, rows=rows)
        counts = np.bincount(codes, minlength=len(firsts)).tolist() if len(firsts) else []
        for row, count in zip(firsts[:MAX_ERRORS], counts, strict=False):
            packet, context = packets[row], batch.context(row)
            target = packet.ip("icmpv6.nd.ns.target_address") or packet.ip("arp.dst.proto_ipv4")
            spot = _spot(batch, packet, context)
            if target is not None and len(self.questions) < MAX_ERRORS:
                frame = (batch.file_name, packet.number)
                self.questions.append(Question(target, context.alone(), spot, frame, count, int(batch.times[row])))


def _is_veiled(batch: Explanations) -> bool:
    """Whether packets may be in frames that cannot be read: cut short, or encrypted (ESP, WireGuard)."""
    column = batch.packets.column
    limit = column("damage.limit")
    cut = limit.valid & (limit.values == CUT)
    return bool(cut.any() or column("esp.spi").valid.any() or column("wg.type").valid.any())


def _is_delivery(context: Context, at: At) -> bool:
    """Whether a packet is on its way to the pod of the host end where it was captured, and not from the node itself."""
    interface = None if at.pod else host_end(context, at.node, at.interface)
    pod = interface and context.inventory.pod_of_lxc(interface)
    sender = context.src.owner
    from_node = sender is not None and sender.what in ("router", "node", "host") and sender.node == at.node
    return pod is not None and context.dst.pod_name == pod.host.pod and not from_node


def key_of(packet: Packet, level: str = "") -> tuple[Key, int] | None:
    """The conversation that a packet belongs to, and in which direction it goes; None where it belongs to none."""
    src = packet.ip(f"{level}ipv6.src") or packet.ip(f"{level}ip.src")
    dst = packet.ip(f"{level}ipv6.dst") or packet.ip(f"{level}ip.dst")
    if src is None or dst is None or dst.is_multicast or src.is_unspecified:
        return None
    for family, ident in (("icmp", "icmp.ident"), ("icmpv6", "icmpv6.echo.identifier")):
        kind = packet.integer(f"{level}{family}.type")
        if kind is not None:
            direction = ECHOES.get((family, kind))
            number = packet.integer(level + ident)
            if direction is None or number is None:
                return None
            ends = (src, dst) if direction == FORWARD else (dst, src)
            return Key(family, *ends, number, number), direction
    for protocol in ("tcp", "udp"):
        port, to_port = packet.integer(f"{level}{protocol}.srcport"), packet.integer(f"{level}{protocol}.dstport")
        if port is not None and to_port is not None:
            key = Key(protocol, src, dst, port, to_port)
            return (turned(key), BACK) if _answers(packet, key, level) else (key, FORWARD)
    return None


def resolution_of(packet: Packet) -> tuple[Key | None, int]:
    """Who asks for the MAC of which address, and whether the packet is the question or the answer."""
    if packet.get("arp.opcode") is not None:
        sender, target = packet.ip("arp.src.proto_ipv4"), packet.ip("arp.dst.proto_ipv4")
        asks = packet.get("arp.opcode") == 1
        ends = (sender, target) if asks else (target, sender)
    else:
        target = packet.ip("icmpv6.nd.ns.target_address")
        asks = target is not None
        ends = (packet.ip("ipv6.src"), target)
        if not asks:
            ends = (packet.ip("ipv6.dst"), packet.ip("icmpv6.nd.na.target_address"))
    asker, wanted = ends
    if asker is None or wanted is None or asker == wanted or asker.is_unspecified:
        return None, FORWARD
    return Key("resolution", asker, wanted, 0, 0), FORWARD if asks else BACK


def _answers(packet: Packet, key: Key, level: str) -> bool:
    """Whether a packet comes from the side that was called: a SYN tells, else the lower port is the service's."""
    flags = packet.integer(f"{level}tcp.flags")
    if flags is not None and flags & 0x02:
        return bool(flags & 0x10)
    return key.port < key.to_port


def _quoted(packet: Packet) -> Key | None:
    """The conversation of the packet that an ICMP error quotes; of no protocol where it is none that is followed."""
    found = key_of(packet, "quoted.")
    if found is not None:
        return found[0]
    src = packet.ip("quoted.ipv6.src") or packet.ip("quoted.ip.src")
    dst = packet.ip("quoted.ipv6.dst") or packet.ip("quoted.ip.dst")
    return None if src is None or dst is None else Key("ip", src, dst, 0, 0)


def _concerned(batch: Explanations) -> NDArray[np.bool_]:
    """Frames that carry a whole packet of a conversation: no fragments but those that complete a datagram."""
    packets = batch.packets
    found = np.zeros(len(packets), dtype=bool)
    for name in ("tcp.srcport", "udp.srcport"):
        found |= packets.column(name).valid
    for family in ("icmp", "icmpv6"):
        column = packets.column(f"{family}.type")
        codes = [code for name, code in ECHOES if name == family]
        found |= column.valid & np.isin(column.values, codes)
    part = packets.column("frame.reassembled_in").valid & ~packets.column("frame.fragments").valid
    return found & ~part


def _spot(batch: Explanations, packet: Packet, context: Context) -> Spot:
    point = context.point
    at = At(None, None) if point is None else at_of(point)
    index = packet.integer("sll.ifindex")
    if at.interface is None and index is not None:
        at = at._replace(interface=f"interface {index}")
    limit = packet.integer("ipv6.hlim")
    limit = packet.integer("ip.ttl") if limit is None else limit
    return Spot(batch.file_name, at, bool(packet.get("frame.tunnels")), limit)


def _add(tally: Tally, frames: Counted, protocol: str) -> None:
    """Count frames of one direction at one spot."""
    tally.packets += len(frames.numbers)
    if len(tally.frames) < FIRST_FRAMES:
        tally.frames += [
            (frames.name, number) for number in frames.numbers[: FIRST_FRAMES - len(tally.frames)].tolist()
        ]
    first, last = int(frames.times.min()), int(frames.times.max())
    tally.first_ns = min(tally.first_ns or first, first)
    tally.last_ns = max(tally.last_ns, last)
    tally.largest = max(tally.largest, int(frames.sizes.max()))
    tally.fragments = max(tally.fragments, int(frames.parts.max()))
    if protocol in ("icmp", "icmpv6"):
        columns = (frames.echoes, frames.times, frames.sizes, frames.numbers, frames.parts)
        for echo, time, size, number, parts in zip(*(column.tolist() for column in columns), strict=True):
            if len(tally.units) >= MAX_UNITS:
                break
            if echo >= 0:
                tally.units.setdefault(echo, Unit(time, size, (frames.name, number), parts))
    elif protocol == "tcp":
        add_segments(tally, frames)
