"""Which findings are one?

Law: what a rule says of frames is part of a loss where both are about the same two ends and name a cause in common; the
loss, which has a place, then stands for both, and what the rule said is its evidence. What is said of one thing at
several places, or by two rules of one frame, is one finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.findings import FIRST_FRAMES
from vxlan_dissect.explain.statements import SEVERITIES, SEVERITY_OF, FactEvidence
from vxlan_dissect.inventory.model.base import CONFIDENCES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.explain.places import At
    from vxlan_dissect.losses.model import Loss

Ends = frozenset["IP"]
_SIDES = (("", "src", "dst"), ("outer.", "src", "dst"), ("quoted.", "src", "dst"))
_SINGLE = (
    "icmpv6.nd.ns.target_address", "arp.dst.proto_ipv4", "icmpv6.rd.na.destination_address", "quoted.ip.dst",
    "quoted.ipv6.dst",
)  # fmt: skip


class Told(NamedTuple):
    """A finding, and the pairs of ends (or the single addresses) that it is about."""

    finding: Finding
    about: frozenset[Ends]


def about_frame(context: Context) -> frozenset[Ends]:
    """The ends of a frame's packet, of the tunnel around it, of the packet that it quotes, and what it asks for."""
    found = set()
    for level, source, destination in _SIDES:
        for version in ("ip", "ipv6"):
            pair = context.ip(f"{level}{version}.{source}"), context.ip(f"{level}{version}.{destination}")
            if None not in pair:
                found.add(frozenset(filter(None, pair)))
    asked = (
        (context.ip("arp.src.proto_ipv4"), context.ip("arp.dst.proto_ipv4")),
        (context.ip("ipv6.src"), context.ip("icmpv6.nd.ns.target_address")),
    )
    found |= {frozenset(filter(None, pair)) for pair in asked if None not in pair}
    found |= {frozenset((ip,)) for name in _SINGLE if (ip := context.ip(name)) is not None}
    return frozenset(found)


def about_loss(loss: Loss) -> frozenset[Ends]:
    """The ends of the lost packets and of the tunnels that they are in, and the addresses that they are sent to."""
    found = {frozenset(pair) for pair in loss.tunnel_ends} | {frozenset((dst,)) for _, dst in loss.tunnel_ends}
    found |= {frozenset((one.key.begins, one.key.answers)) for one in loss.conversations}
    found |= {frozenset((ip,)) for context in loss.contexts() if (ip := context.dst.ip) is not None}
    # What the last node asks for in vain may be the tunnel's end, which no packet shows.
    asked = (question for question in loss.questions if question.spot.at.node == loss.last.node)
    return frozenset(found | {frozenset((question.target,)) for question in asked})


def scope(where: str) -> str:
    """What the frames of some places do not tell."""
    return f"Seen at {where}; what other places show is not known from here."


def merged(losses: Iterable[Told], said: Iterable[Told]) -> list[Finding]:
    """All findings, those that belong together as one."""
    whole = list(losses)
    rest: list[Finding] = []
    for told in _by_text(said):
        place = next((number for number, loss in enumerate(whole) if _belongs(told, loss)), None)
        same = next((number for number, finding in enumerate(rest) if _is_same(told.finding, finding)), None)
        if place is not None:
            whole[place] = whole[place]._replace(finding=_with(whole[place].finding, told.finding))
        elif same is not None:
            rest[same] = _with(rest[same], told.finding)
        else:
            rest.append(told.finding)
    return [*(told.finding for told in whole), *rest]


def _is_same(one: Finding, other: Finding) -> bool:
    """Whether two rules say the same of the same frames: what is wrong, with the same first cause."""
    if "info" in (one.severity, other.severity) or not one.causes or not other.causes:
        return False
    return one.causes[0].cause == other.causes[0].cause and bool(set(one.frames) & set(other.frames))


def _belongs(told: Told, loss: Told) -> bool:
    if told.finding.severity == "info" or not told.about & loss.about:
        return False
    causes = {cause.cause for cause in loss.finding.causes}
    return not told.finding.causes or any(cause.cause in causes for cause in told.finding.causes)


def _with(loss: Finding, said: Finding) -> Finding:
    """A loss with what a rule said of its frames."""
    first = {cause.cause for cause in loss.causes[:1]} & {cause.cause for cause in said.causes[:1]}
    surest = min(loss.confidence, said.confidence, key=CONFIDENCES.index) if first else loss.confidence
    gravest = max(loss.verdict, said.verdict, key=lambda verdict: SEVERITIES.index(SEVERITY_OF[verdict]))
    verdict = gravest if first and loss.severity != "info" else loss.verdict
    evidence = (*loss.evidence, FactEvidence(said.rule, None, said.text), *said.evidence)
    return loss._replace(
        verdict=verdict,
        severity=SEVERITY_OF[verdict],
        confidence=surest,
        evidence=tuple(dict.fromkeys(evidence)),
        frames=tuple(dict.fromkeys((*loss.frames, *said.frames)))[:FIRST_FRAMES],
    )


def _by_text(said: Iterable[Told]) -> Iterator[Told]:
    """One for each rule, sentence and set of causes, whatever the places at which it was seen."""
    groups: dict[Hashable, list[Told]] = {}
    for told in said:
        finding = told.finding
        groups.setdefault((finding.rule, finding.text, finding.causes), []).append(told)
    for group in groups.values():
        first = group[0]
        places: dict[At, None] = {told.finding.place.at: None for told in group if told.finding.place is not None}
        if len(group) == 1:
            yield first
            continue
        frames = tuple(dict.fromkeys(frame for told in group for frame in told.finding.frames))[:FIRST_FRAMES]
        finding = first.finding._replace(
            count=sum(told.finding.count for told in group),
            frames=frames,
            scope=scope(", ".join(map(str, places))) if places else first.finding.scope,
        )
        yield Told(finding, frozenset().union(*(told.about for told in group)))
