"""In which words is a frame explained?

Law: these are the values that an explanation is made of, and `as_dict` of each is the JSON contract. A statement
without evidence cannot be made. Optional facts are None and stay in the JSON as null; nothing here is text from the
network made safe: that is the work of whoever shows it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.inventory.model.base import CONFIDENCES
from vxlan_dissect.packets import Value, text_of

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.places import Place
    from vxlan_dissect.inventory.model import Fact, Owner
    from vxlan_dissect.packets import Packet

CERTAIN, LIKELY, POSSIBLE = CONFIDENCES
NORMAL, BY_DESIGN, SUSPICIOUS, BROKEN, UNKNOWN = "normal", "by-design", "suspicious", "broken", "unknown"
SEVERITIES = ("info", "notice", "warning", "error")
SEVERITY_OF = {NORMAL: "info", BY_DESIGN: "info", UNKNOWN: "notice", SUSPICIOUS: "warning", BROKEN: "error"}
REPLY, REQUEST = "reply", "request"  # relations to the other side of an exchange
FIRST = "first-sending"  # relation of a retransmission to what it repeats
ERROR, QUOTED = "error", "quoted"  # relations between an ICMP error and the packet that it is about
_CALLED = {FIRST: "first sending", ERROR: "ICMP error", QUOTED: "packet that this one is about"}
FRAGMENT, WHOLE = "fragment", "whole"  # relations to the other frames of one datagram
SILENT = "no rule speaks of this frame"
_SECOND = 1_000_000_000
_UNITS = (
    ("d", 86_400 * _SECOND), ("h", 3_600 * _SECOND), ("min", 60 * _SECOND), ("s", _SECOND), ("ms", 1_000_000),
    ("µs", 1_000),
)  # fmt: skip
_TITLES = {"geneve": "Geneve", "srv6": "SRv6"}
CAUSES = (
    "policy", "unknown-endpoint", "wrong-tunnel-endpoint", "tunnel-entry-missing", "tunnel-mismatch", "underlay-loss",
    "mtu", "hop-limit", "fragments-unsupported", "invalid-source", "reverse-path-filter", "neighbour-unresolved",
    "stale-neighbour", "duplicate-address", "no-route", "no-service-endpoint", "closed-port", "checksum-refused",
    "reply-lost", "loop", "capture-loss", "other",
)  # fmt: skip
ACTIONS = ("send", "answer", "encapsulate", "forward", "decapsulate", "translate", "deliver", "drop")


class FieldEvidence(NamedTuple):
    """A field of this frame, by column name; `value` as Packet.get gives it."""

    field: str
    value: Value

    def as_dict(self) -> dict[str, Any]:
        """`{"field", "value"}`, addresses and named values as text."""
        plain = isinstance(self.value, bool) or self.value is None
        return {"field": self.field, "value": self.value if plain else text_of(self.field, self.value)}


class FrameEvidence(NamedTuple):
    """Another frame of the capture, by number, and what it shows."""

    frame: int
    why: str

    def as_dict(self) -> dict[str, Any]:
        """`{"frame", "why"}`."""
        return {"frame": self.frame, "why": self.why}


class FactEvidence(NamedTuple):
    """A line of the inventory, or the absence of one: then `line` is where the owner's other lines stand."""

    source: str
    line: int | None
    fact: str

    def as_dict(self) -> dict[str, Any]:
        """`{"source", "line", "fact"}`."""
        return {"source": self.source, "line": self.line, "fact": self.fact}


Evidence = FieldEvidence | FrameEvidence | FactEvidence


class Cause(NamedTuple):
    """What may have brought something about: `cause` is one of CAUSES."""

    cause: str
    why: str

    def as_dict(self) -> dict[str, Any]:
        """`{"cause", "why"}`."""
        return {"cause": self.cause, "why": self.why}


class Statement(NamedTuple):
    """What one rule says of one frame. `relation` names the related frame that the sentence speaks of, if any.

    `causes` are those of what is wrong, the most likely first; empty where nothing is. `place` is where that is, None
    where the frame was seen.
    """

    rule: str
    text: str
    verdict: str
    confidence: str
    evidence: tuple[Evidence, ...]
    relation: str | None = None
    causes: tuple[Cause, ...] = ()
    place: Place | None = None

    @property
    def severity(self) -> str:
        """One of SEVERITIES, from the verdict."""
        return SEVERITY_OF[self.verdict]

    def at(self, packet: Packet, related: tuple[Related, ...]) -> Statement:
        """The statement for one frame of its context: that frame's values, and the related frame it speaks of."""
        evidence: list[Evidence] = [
            FieldEvidence(item.field, packet.get(item.field)) if isinstance(item, FieldEvidence) else item
            for item in self.evidence
        ]
        text = self.text
        partners = [item for item in related if item.relation == self.relation]
        if partners:
            text += f" {partners[0].words}"
            evidence += [FrameEvidence(item.frame, item.why) for item in partners]
        return self._replace(text=text, evidence=tuple(evidence))

    def as_dict(self) -> dict[str, Any]:
        """`{"rule", "text", "verdict", "confidence", "evidence", "causes"}`."""
        return {
            "rule": self.rule,
            "text": self.text,
            "verdict": self.verdict,
            "confidence": self.confidence,
            "evidence": [item.as_dict() for item in self.evidence],
            "causes": [item.as_dict() for item in self.causes],
        }


class Endpoint(NamedTuple):
    """One side of a packet. Names belong to the owner of `ip` where there is one, else of `mac`.

    `mac_owner` is who holds the MAC, which in an overlay is often someone else than who holds the IP address.
    """

    mac: int | None
    ip: IP | None
    ip_owner: Owner | None
    mac_owner: Owner | None
    identity: int | None = None

    @property
    def owner(self) -> Owner | None:
        """Who the endpoint is: the owner of the IP address, or of the MAC of a frame without one."""
        return self.ip_owner if self.ip is not None else self.mac_owner

    @property
    def pod_name(self) -> str | None:
        """The pod of this endpoint, None where it is none."""
        return self.owner.pod if self.owner else None

    def as_dict(self, *, outer: bool = False) -> dict[str, Any]:
        """Keys of the contract plus `role`, `names` and `mac_owner`; `outer` leaves out what only pods have."""
        owner, holder = self.owner, self.mac_owner
        result: dict[str, Any] = {
            "mac": None if self.mac is None else format_mac(self.mac),
            "ip": None if self.ip is None else str(self.ip),
            "node": owner.node if owner else None,
            "interface": owner.interface if owner else None,
        }
        if not outer:
            result |= {
                "pod": owner.pod if owner else None,
                "namespace": owner.namespace if owner else None,
                "service": owner.service if owner else None,
                "identity": self.identity,
            }
        result["role"] = owner.what if owner else None
        result["names"] = list(owner.names) if owner and owner.names else None
        result["mac_owner"] = (
            None
            if holder is None
            else {
                "node": holder.node,
                "pod": holder.pod,
                "interface": holder.interface,
                "role": holder.what,
                "confidence": holder.confidence,
                "inferred": holder.inferred,
            }
        )
        return result


class Outer(NamedTuple):
    """The tunnel around the inner packet. `port` is the UDP destination port, `ttl` the outer TTL or hop limit.

    `key` is that of GRE, `session` of ERSPAN, `label` the last one of MPLS.
    """

    type: str
    vni: int | None
    port: int | None
    recognised_by: str | None
    src: Endpoint
    dst: Endpoint
    ttl: int | None
    key: int | None = None
    session: int | None = None
    label: int | None = None

    @property
    def title(self) -> str:
        """The type as a reader writes it: `VXLAN`, `Geneve`."""
        return _TITLES.get(self.type, self.type.upper())

    def as_dict(self) -> dict[str, Any]:
        """The `outer` object of the contract."""
        return {
            "type": self.type,
            "vni": self.vni,
            "port": self.port,
            "recognised_by": self.recognised_by,
            "src": self.src.as_dict(outer=True),
            "dst": self.dst.as_dict(outer=True),
            "ttl": self.ttl,
            "key": self.key,
            "session": self.session,
            "label": self.label,
        }


class CapturePoint(NamedTuple):
    """Where the frame was captured and how that is known. `pod` is set where the interface is a pod's."""

    node: str | None
    interface: str | None
    pod: str | None
    basis: str
    confidence: str = CERTAIN

    def as_dict(self) -> dict[str, Any]:
        """The `capture_point` object of the contract plus `pod` and `confidence`."""
        return {
            "node": self.node,
            "interface": self.interface,
            "pod": self.pod,
            "basis": self.basis,
            "confidence": self.confidence,
        }


class Related(NamedTuple):
    """Another frame that belongs to this one: `relation` is what that frame is to this one.

    `reply`, `request`; `first-sending` of what this one sends again; `error`, the ICMP error about this packet;
    `quoted`, the packet that this error is about; `whole`, the frame that completes the datagram of this fragment;
    `fragment` of this datagram.

    `after_ns` is the time of that frame minus the time of this one, in nanoseconds.
    """

    frame: int
    relation: str
    after_ns: int

    @property
    def why(self) -> str:
        """The relation as evidence: `the reply, 37 µs later`."""
        when = "earlier" if self.after_ns <= 0 else "later"
        return f"the {_CALLED.get(self.relation, self.relation)}, {format_duration(abs(self.after_ns))} {when}"

    @property
    def words(self) -> str:
        """The relation as a sentence."""
        gap = format_duration(abs(self.after_ns))
        if self.relation == REPLY:
            return f"Frame {self.frame} answers after {gap}."
        if self.relation == FIRST:
            return f"Frame {self.frame} was the first sending, {gap} earlier."
        if self.relation == QUOTED:
            return f"It is about frame {self.frame}, {gap} earlier."
        if self.relation == ERROR:
            return f"Frame {self.frame} says so, {gap} later."
        if self.after_ns <= 0:
            return f"It answers frame {self.frame}, {gap} later."
        return f"It answers frame {self.frame}, though its own time is {gap} before that."

    def as_dict(self) -> dict[str, Any]:
        """`{"frame", "as", "after_ns"}`."""
        return {"frame": self.frame, "as": self.relation, "after_ns": self.after_ns}


class Damage(NamedTuple):
    """Where a frame stops making sense: bytes needed and there, the length that ended them, offset in the frame."""

    layer: str
    need: int
    have: int
    limit: str
    offset: int

    def as_dict(self) -> dict[str, Any]:
        """The `damaged` object of the contract plus `offset`."""
        return self._asdict()


class Explanation(NamedTuple):
    """One frame explained.

    `time_ns` counts from 1970 UTC, or from midnight where `dated` is false; None where the source gives no time.
    """

    frame: int
    capture: str
    time_ns: int | None
    dated: bool
    length: int | None
    summary: str
    kind: str
    layers: tuple[str, ...]
    outer: Outer | None
    src: Endpoint
    dst: Endpoint
    hop_limit: int | None
    capture_point: CapturePoint | None
    hops: tuple[Hop, ...]
    statements: tuple[Statement, ...]
    related: tuple[Related, ...]
    damaged: Damage | None
    comment: str | None = None

    def __repr__(self) -> str:
        return f"<Explanation of frame {self.frame} of {self.capture}: {self.summary}>"

    def _repr_html_(self) -> str:
        from vxlan_dissect.report import html

        return html.explanation(self)

    @property
    def time(self) -> str | None:
        """RFC 3339 in UTC with nanoseconds, or the bare clock time of an undated text line; None without a time."""
        return None if self.time_ns is None else format_time(self.time_ns, self.dated)

    def as_dict(self) -> dict[str, Any]:
        """One line of `-T jsonl`."""
        return {
            "frame": self.frame,
            "capture": self.capture,
            "time": self.time,
            "length": self.length,
            "summary": self.summary,
            "kind": self.kind,
            "layers": list(self.layers),
            "outer": self.outer.as_dict() if self.outer else None,
            "inner": {"src": self.src.as_dict(), "dst": self.dst.as_dict(), "hop_limit": self.hop_limit},
            "capture_point": self.capture_point.as_dict() if self.capture_point else None,
            "hops": [hop.as_dict() for hop in self.hops],
            "statements": [statement.as_dict() for statement in self.statements],
            "note": None if self.statements else SILENT,
            "related": [item.as_dict() for item in self.related],
            "damaged": self.damaged.as_dict() if self.damaged else None,
            "comment": self.comment,
        }


def format_time(time_ns: int, dated: bool) -> str:
    """Nanoseconds since 1970 as `2024-07-12T07:44:28.594856000Z`; since midnight as `07:44:28.594856000`."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{seconds}.{fraction:09d}"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z" if dated else f"{moment:%H:%M:%S}.{fraction:09d}"


def fact_evidence(fact: Fact, says: str) -> FactEvidence:
    """Evidence from an inventory fact."""
    return FactEvidence(fact.source.file, fact.source.line or None, says)


def counted(number: int, noun: str) -> str:
    """`1 frame`, `2 frames`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_duration(ns: int) -> str:
    """Nanoseconds as a reader says them, with three digits: `607 µs`, `1.2 s`, `2.5 min`."""
    rounded = float(f"{ns:.3g}")
    for unit, size in _UNITS:
        if abs(rounded) >= size:
            value = rounded / size
            return f"{value:.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"
    return f"{ns} ns"
