"""What do rules on captures as a whole have in common?

Law: one finding stands for all captures that show the same, with the figures of each as evidence; it has a place where
it is about one capture whose place is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from vxlan_dissect import rules
from vxlan_dissect.explain.findings import FIRST_FRAMES, Finding
from vxlan_dissect.explain.places import Place, at_of
from vxlan_dissect.explain.statements import CERTAIN, NORMAL, SEVERITY_OF, FactEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from vxlan_dissect.explain.places import At
    from vxlan_dissect.explain.statements import Cause
    from vxlan_dissect.packets import Packets
    from vxlan_dissect.pipeline import Explanations

MAX_CONVERSATIONS = 65536  # of one capture that are told apart
_SHOWN = 3  # names in one sentence
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))  # odd, their bits well mixed
_PORTS = (("tcp.srcport", "udp.srcport"), ("tcp.dstport", "udp.dstport"))


@dataclass
class Tally:
    """What one capture shows: how many frames or conversations, the first frames that do, and where it was taken."""

    name: str
    at: At | None = None
    count: int = 0
    frames: list[tuple[str, int]] = field(default_factory=list)

    def keep(self, batch: Explanations, rows: NDArray[np.intp]) -> None:
        """Keep the numbers of the first of the frames `rows`."""
        numbers = batch.packets.columns["frame.number"].values[rows[: FIRST_FRAMES - len(self.frames)]]
        self.frames += [(self.name, number) for number in numbers.tolist()]


AnyTally = TypeVar("AnyTally", bound=Tally)


def tally_of(tallies: dict[str, AnyTally], batch: Explanations, make: Callable[[str], AnyTally]) -> AnyTally:
    """The tally of the capture that a batch belongs to, made where there is none yet."""
    tally = tallies.get(batch.name)
    if tally is None:
        tally = tallies[batch.name] = make(batch.file_name)
    places = batch.places()
    if len(places) == 1:
        tally.at = at_of(places[0])
    return tally


def finding(
    rule: str, text: str, scope: str, tallies: Sequence[tuple[Tally, str]], *, verdict: str = NORMAL,
    confidence: str = CERTAIN, causes: tuple[Cause, ...] = (),
) -> Finding:  # fmt: skip
    """A finding about captures; with each goes what it shows, in words."""
    of = [tally for tally, _ in tallies]
    at = of[0].at if len(of) == 1 else None
    return Finding(
        rule, SEVERITY_OF[verdict], verdict, confidence, text, rules.section(rule, "What to check next"), scope,
        sum(tally.count for tally in of), tuple([frame for tally in of for frame in tally.frames][:FIRST_FRAMES]),
        None if at is None else Place(at), causes,
        tuple(FactEvidence(tally.name, None, shown) for tally, shown in tallies),
    )  # fmt: skip


def listed(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    found = list(dict.fromkeys(names))
    more = len(found) - _SHOWN
    return ", ".join(found[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many}"


class Conversations(NamedTuple):
    """Frames with two ends, all arrays of shape (k,).

    `codes`, uint64: equal for frames of one conversation, whichever way they go. `forth`: whether a frame goes the one
    way or the other.
    """

    codes: NDArray[np.uint64]
    forth: NDArray[np.bool_]


def conversations(packets: Packets, rows: NDArray[np.intp]) -> Conversations:
    """What tells the conversations of some frames apart: addresses, ports, and identifier of the innermost packet.

    Two conversations share a code by chance once in 2^64 pairs; then one of them is not counted.
    """
    ends = []
    for side, ports in zip(("src", "dst"), _PORTS, strict=True):
        code = np.zeros(len(rows), dtype=np.uint64)
        v4, v6 = packets.column(f"ip.{side}"), packets.column(f"ipv6.{side}")
        pieces = [(v4.values, v4.valid), (v6.values["hi"], v6.valid), (v6.values["lo"], v6.valid)]
        for values, valid in (*pieces, *map(packets.column, ports)):
            piece = np.where(valid[rows], values[rows].astype(np.uint64), 0)
            code = (code ^ (code >> np.uint64(29)) ^ piece) * _MULTIPLIERS[0]
        ends.append(code ^ (code >> np.uint64(32)))
    codes = ends[0] + ends[1]
    for name in ("ip.proto", "ipv6.nxt", "icmp.ident", "icmpv6.echo.identifier"):
        column = packets.column(name)
        more = np.where(column.valid[rows], column.values[rows].astype(np.uint64), 0)
        codes = (codes ^ (codes >> np.uint64(29)) ^ more) * _MULTIPLIERS[1]
    return Conversations(codes, ends[0] < ends[1])
