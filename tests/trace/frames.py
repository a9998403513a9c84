"""Which packet does each frame of a capture show, fragments of one included?

Law: a fragment has the identity of its whole as far as one capture has all of it at one interface; else that of its
datagram. An ifindex that the inventory does not know is that of the capture that shows the same at the same time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.trace.content import Identity, Packet, Piece, dissect, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.trace.reading import Place, Record

MOMENT = 50_000_000  # ns: no packet is longer on its way in the labs, and few equal ones are sent so soon
SAME = 30_000  # ns: two captures of one interface stamp a frame so close together
Span = tuple[int, int]


class Seen(NamedTuple):
    """A frame with its packet. `span` is the part of the packet in it, where parts may be cut anew; None for all of it.

    `firm` says that the frame alone names its packet; others were joined by lengths and time. `piece` is the fragment
    that the frame is, of a tunnel's packet too.
    """

    record: Record
    packet: Packet
    identity: Identity | None
    span: Span | None
    piece: Piece | None
    firm: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """Its name: capture and number."""
        return self.record.capture, self.record.number


def identified(records: list[Record]) -> Iterator[Seen]:
    """The frames of one capture."""
    packets = [dissect(record) for record in records]
    rows: dict[Any, list[list[int]]] = defaultdict(list)
    for row, packet in enumerate(packets):
        if packet.piece is not None:
            turns = rows[_passage(records[row], packet)]
            if not turns or records[row].time - records[turns[-1][-1]].time > MOMENT:
                turns.append([])
            turns[-1].append(row)
    datagrams = {row: turn for turns in rows.values() for turn in turns for row in turn}
    made = {row: _assembled([packets[row] for row in turn]) for row, turn in datagrams.items()}
    for row, (record, packet) in enumerate(zip(records, packets, strict=True)):
        if packet.piece is None:
            yield Seen(record, packet, packet.identity, _span(packet), None)
        else:
            yield _fragment(record, packet, made[row], [packets[other] for other in datagrams[row]])


def _passage(record: Record, packet: Packet) -> tuple[Any, ...]:
    """What the fragments of one datagram have in common at one interface."""
    assert packet.piece is not None
    return record.place, packet.piece.key, len(packet.piece.tunnels), packet.piece.hop_limit


def _tunnelled(packet: Packet) -> bool:
    assert packet.piece is not None
    return len(packet.tunnels) > len(packet.piece.tunnels)


def _span(packet: Packet) -> Span | None:
    if packet.identity is None or packet.length is None:
        return None
    return packet.identity.span or (0, packet.length)


def _fragment(record: Record, packet: Packet, made: Packet | None, others: list[Packet]) -> Seen:
    """A fragment with what the other fragments of its datagram at this interface tell."""
    piece = packet.piece
    assert piece is not None
    own = piece.offset, piece.offset + piece.size
    if made is not None and len(made.tunnels) > len(piece.tunnels):
        return Seen(record, made, made.identity, _span(made), piece)
    if made is not None and made.identity is not None:
        return Seen(record, packet, made.identity, made.identity.span or own, piece)
    first = next((other for other in others if _tunnelled(other)), None)
    if first is not None:
        return Seen(record, first, first.identity, _span(first), piece)
    name = ("pieces", piece.key)
    return Seen(record, packet, Identity(name, name), own, piece)


def _assembled(pieces: list[Packet]) -> Packet | None:
    """The whole packet of fragments, None where one is missing or was cut."""
    found = {packet.piece.offset: packet for packet in pieces if packet.piece}
    data, last = b"", False
    while len(data) in found and not last:
        piece = found[len(data)].piece
        assert piece is not None
        if len(piece.data) < piece.size or not piece.size:
            return None
        data, last = data + piece.data, not piece.more
    return whole(found[0], data) if last else None


def named_pieces(frames: list[Seen]) -> list[Seen]:
    """Fragments of which this capture misses a part, with the identity of the whole that another capture has."""
    wholes = {}
    for frame in frames:
        if frame.piece is not None and frame.identity is not None and not _unnamed(frame):
            wholes[frame.piece.key] = frame.identity
    return [
        frame._replace(identity=wholes.get(frame.piece.key, frame.identity))
        if frame.piece is not None and _unnamed(frame)
        else frame
        for frame in frames
    ]


def _unnamed(frame: Seen) -> bool:
    assert frame.piece is not None
    return frame.identity is not None and frame.identity.strong == ("pieces", frame.piece.key)


def placed(frames: list[Seen]) -> list[Seen]:
    """The same, where an interface that no inventory names has the name of the capture that shows what it shows."""
    known: dict[Any, list[Seen]] = defaultdict(list)
    for frame in frames:
        if frame.record.packet_type is None and frame.identity is not None:
            known[frame.record.place.node, frame.identity.strong, frame.packet.hop_limit].append(frame)
    taken = {(frame.record.capture, frame.record.place, frame.identity) for frame in frames}
    votes: dict[Place, Counter[Place]] = defaultdict(Counter)
    for frame in frames:
        place = frame.record.place
        if frame.identity is not None and place.interface is not None and place.interface.startswith("#"):
            same = known[place.node, frame.identity.strong, frame.packet.hop_limit]
            for other in same:
                alike = frame.packet.tunnels == other.packet.tunnels
                free = (frame.record.capture, other.record.place, other.identity) not in taken
                near = abs(other.record.time - frame.record.time) < SAME
                if alike and free and near and other.record.place.pod is None:
                    votes[place][other.record.place] += 1
    names = {place: count.most_common(1)[0][0] for place, count in votes.items()}
    return [
        frame._replace(record=frame.record._replace(place=names.get(frame.record.place, frame.record.place)))
        for frame in frames
    ]
