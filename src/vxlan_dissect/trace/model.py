"""In which words is the way of one packet through several captures told?

Law: values only. A sighting is one place at which the packet was seen, a journey all of its sightings in the order of
its way; times are those of the captures, delays are between clocks that were set right. `as_dict` is the JSON contract
of `vxd trace`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.explain.statements import format_time

if TYPE_CHECKING:
    from vxlan_dissect.explain.places import At

Frame = tuple[str, int]  # capture, frame number

# What may change from one sighting to the next, in the order in which it is told.
CHANGES = (
    "encapsulated", "decapsulated", "tunnel", "source", "destination", "source-port", "destination-port", "identifier",
    "src-mac", "dst-mac", "hop-limit", "dscp", "ecn", "segmented", "merged", "fragmented", "reassembled",
)  # fmt: skip


class Point(NamedTuple):
    """Where a capture was taken, and from when to when. `at.interface` is None for all interfaces of a node.

    `direction` is `in` or `out` where all its frames came in or went out there, `both` where some did either, None
    where the frames do not say. `begin_ns` and `end_ns` are by the clock of its node, None without frames.
    """

    capture: str
    at: At
    direction: str | None
    basis: str
    confidence: str
    frames: int
    begin_ns: int | None
    end_ns: int | None

    def as_dict(self) -> dict[str, Any]:
        """One of `points`."""
        return {
            "capture": self.capture,
            "node": self.at.node,
            "interface": self.at.interface,
            "pod": self.at.pod,
            "direction": self.direction,
            "basis": self.basis,
            "confidence": self.confidence,
            "frames": self.frames,
        }


class Clock(NamedTuple):
    """How far the clock of `node` is ahead of that of `reference`: `offset_ns` at its own time `at_ns`.

    It gains `drift_ppm` microseconds a second on it. `error_ns` is how far the offset may be off, None where it cannot
    be told; `packets` is on how many packets this rests, `basis` says it in words.
    """

    node: str
    reference: str
    offset_ns: int
    drift_ppm: float
    error_ns: int | None
    at_ns: int
    packets: int
    basis: str

    def as_dict(self) -> dict[str, Any]:
        """One of `clocks`."""
        return self._asdict()


class Change(NamedTuple):
    """What became different on the way to a sighting: `what` is one of CHANGES, the values are text."""

    what: str
    before: str | None
    after: str | None

    def as_dict(self) -> dict[str, Any]:
        """One of `changes`."""
        return self._asdict()


class Sighting(NamedTuple):
    """A packet at one place: in the first of the frames `frames` of a capture that carry it there.

    `delay_ns` is the time since the sighting before, by clocks that were set right; `corrected_ns` the time by the
    clock of reference. `also` are frames of other captures that show the same at the same place. `lacking` bytes of the
    payload did not come by here.
    """

    capture: str
    frame: int
    time_ns: int
    corrected_ns: int
    at: At
    delay_ns: int | None
    changes: tuple[Change, ...] = ()
    frames: tuple[int, ...] = ()
    also: tuple[Frame, ...] = ()
    lacking: int = 0

    def as_dict(self) -> dict[str, Any]:
        """One of `sightings`."""
        return {
            "capture": self.capture,
            "frame": self.frame,
            "time": format_time(self.time_ns, dated=True),
            "node": self.at.node,
            "interface": self.at.interface,
            "pod": self.at.pod,
            "delay_ns": self.delay_ns,
            "changes": [change.as_dict() for change in self.changes],
            "frames": list(self.frames),
            "also": [list(frame) for frame in self.also],
            "lacking": self.lacking,
        }


class RankedCause(NamedTuple):
    """What may have lost a packet: `cause` is one of the classes of `vxd diagnose`, `why` what speaks for it."""

    cause: str
    why: str
    confidence: str

    def as_dict(self) -> dict[str, Any]:
        """One of `causes`."""
        return self._asdict()


class Lost(NamedTuple):
    """Between which places a packet went missing: seen at `after`, not at `before`, which was captured at the time.

    `before` is None where no captured place lies further on. `causes` are the likeliest first; `scope` says what the
    captures cannot show. `verdict` is `normal` or `by-design` where the sender brought it about or nothing is wrong,
    as with the probes of a traceroute; such packets do not count as lost.
    """

    after: At
    before: At | None
    causes: tuple[RankedCause, ...]
    scope: str = ""
    verdict: str = "broken"

    def as_dict(self) -> dict[str, Any]:
        """The `lost` of a journey."""
        return {
            "after": self.after.as_dict(),
            "before": None if self.before is None else self.before.as_dict(),
            "causes": [cause.as_dict() for cause in self.causes],
            "scope": self.scope,
            "verdict": self.verdict,
        }


class Verdict(NamedTuple):
    """What Hubble says of a packet, or of others of its flow at the same time: `verdict` such as FORWARDED or DROPPED.

    `reason` is the drop reason, `point` the place in the datapath (`to-endpoint`), `basis` how it was joined, `source`
    the file and line.
    """

    time_ns: int
    node: str | None
    verdict: str
    reason: str | None
    point: str | None
    basis: str
    source: str

    def as_dict(self) -> dict[str, Any]:
        """One of `hubble`."""
        return self._asdict() | {"time": format_time(self.time_ns, dated=True)}


class Flow(NamedTuple):
    """Who sends to whom: addresses as the sender of the packet has them, and the names of both where they are known."""

    protocol: str
    src: str | None
    dst: str | None
    src_port: int | None
    dst_port: int | None
    src_name: str | None
    dst_name: str | None

    def as_dict(self) -> dict[str, Any]:
        """The `flow` of a journey."""
        return self._asdict()


class Journey(NamedTuple):
    """One packet through all captures. `sightings` stand in the order of its way.

    `ambiguous`: which frames belong to it cannot be told for certain, `doubt` says why. `arrived`: the last place of
    its way shows it; None where that place was not captured or is not known.
    """

    id: int
    summary: str
    flow: Flow
    sightings: tuple[Sighting, ...]
    ambiguous: bool
    doubt: str | None
    arrived: bool | None
    lost: Lost | None
    hubble: tuple[Verdict, ...] = ()

    @property
    def duration_ns(self) -> int:
        """From the first sighting to the last."""
        return sum(sighting.delay_ns or 0 for sighting in self.sightings)

    def as_dict(self) -> dict[str, Any]:
        """One of `journeys`, and one line of `-T jsonl`."""
        return {
            "id": self.id,
            "summary": self.summary,
            "flow": self.flow.as_dict(),
            "sightings": [sighting.as_dict() for sighting in self.sightings],
            "ambiguous": self.ambiguous,
            "doubt": self.doubt,
            "arrived": self.arrived,
            "lost": None if self.lost is None else self.lost.as_dict(),
            "hubble": [verdict.as_dict() for verdict in self.hubble],
        }


class Delay(NamedTuple):
    """How long so many packets took from one place to the next, in nanoseconds."""

    src: At
    dst: At
    packets: int
    least_ns: int
    median_ns: int
    p99_ns: int

    def as_dict(self) -> dict[str, Any]:
        """One of `delays`."""
        return self._asdict() | {"src": self.src.as_dict(), "dst": self.dst.as_dict()}


class Overview(NamedTuple):
    """What a trace amounts to. `frames` were read, of which `matched` are of packets seen at two places or more.

    `unmatched` frames are of packets seen at one place alone. `journeys`, `lost` and `ambiguous` count packets.
    `notes` say what the reader should know of the captures as a whole.
    """

    frames: int
    matched: int
    unmatched: int
    journeys: int
    lost: int
    ambiguous: int
    delays: tuple[Delay, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The `overview`."""
        return self._asdict() | {"delays": [delay.as_dict() for delay in self.delays], "notes": list(self.notes)}
