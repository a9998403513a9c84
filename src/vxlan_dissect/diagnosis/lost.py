"""How is a loss put into words?

Law: the sentence says what is seen where, the causes say what may be behind it, and the scope what no capture here can
tell. Losses of the same two ends at the same place are one finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect import rules
from vxlan_dissect.diagnosis.merge import Told, about_loss
from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.findings import FIRST_FRAMES, Finding
from vxlan_dissect.explain.places import Place
from vxlan_dissect.explain.statements import (
    BROKEN,
    BY_DESIGN,
    CERTAIN,
    LIKELY,
    NORMAL,
    POSSIBLE,
    SEVERITY_OF,
    SUSPICIOUS,
    Cause,
    FactEvidence,
    FrameEvidence,
)
from vxlan_dissect.losses.locate import place_of
from vxlan_dissect.losses.model import units
from vxlan_dissect.rules.losing import RECEIVER, USUAL, stretches
from vxlan_dissect.rules.loss.hop_limit import is_chosen
from vxlan_dissect.rules.loss.mtu import is_told
from vxlan_dissect.rules.loss.unknown_endpoint import is_gateway

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.losses.model import Loss
    from vxlan_dissect.rules.losing import Weight

UNEXPLAINED = "loss.unexplained"
_SURE, _LIKELY_FROM = 95, 75
_SPREAD = 45  # causes that weigh so much less than the first are not named


def findings(losses: Iterable[Loss]) -> Iterator[Told]:
    """One finding for the losses of the same ends at the same place."""
    groups: dict[Hashable, Loss] = {}
    for loss in losses:
        src, dst = called(loss.src), called(loss.dst)
        key = (loss.unit, src, dst, loss.last, loss.missing, loss.until)
        groups[key] = _joined(groups[key], loss) if key in groups else loss
    return (Told(_finding(loss), about_loss(loss)) for loss in groups.values())


def _joined(one: Loss, other: Loss) -> Loss:
    """Two losses of the same ends at the same place as one."""
    return one._replace(
        conversations=(*one.conversations, *other.conversations)[:FIRST_FRAMES],
        lost=one.lost + other.lost,
        sent=one.sent + other.sent,
        frames=(*one.frames, *other.frames)[:FIRST_FRAMES],
        sizes=tuple(sorted((*one.sizes, *other.sizes))),
        passed=tuple(sorted((*one.passed, *other.passed))),
        errors=tuple({error.frame: error for error in (*one.errors, *other.errors)}.values()),
        questions=tuple({question.frame: question for question in (*one.questions, *other.questions)}.values()),
        elsewhere=tuple(dict.fromkeys((*one.elsewhere, *other.elsewhere))),
        begin_ns=min(one.begin_ns, other.begin_ns),
        end_ns=max(one.end_ns, other.end_ns),
    )


class Judged(NamedTuple):
    """What is said of a loss: the rule that speaks for the likeliest cause, and the causes worth naming, that first.

    `confidence` is that of the first cause.
    """

    rule: str
    verdict: str
    confidence: str
    named: tuple[Weight, ...]

    @property
    def first(self) -> Weight | None:
        """What most speaks for."""
        return self.named[0] if self.named else None

    @property
    def causes(self) -> tuple[Weight, ...]:
        """The weightiest of each class of causes."""
        found: dict[str, Weight] = {}
        for weight in self.named:
            found.setdefault(weight.cause, weight)
        return tuple(found.values())


def judged(loss: Loss) -> Judged:
    """Weigh what may be behind a loss."""
    weighed = rules.weights(loss)
    rule, first = weighed[0] if weighed else (UNEXPLAINED, None)
    heaviest = first.weight if first is not None else 0
    named = tuple(weight for _, weight in weighed if weight.weight >= heaviest - _SPREAD)
    return Judged(rule, _verdict(loss, first), confidence_of(heaviest), named)


def confidence_of(weight: int) -> str:
    """How sure a cause of this weight is."""
    return CERTAIN if weight >= _SURE else LIKELY if weight >= _LIKELY_FROM else POSSIBLE


def _finding(loss: Loss) -> Finding:
    rule, verdict, confidence, named = told = judged(loss)
    return Finding(
        rule, SEVERITY_OF[verdict], verdict, confidence, rules.sentence(_text(loss, told.first, confidence)),
        rules.section(rule, "What to check next"), scope_of(loss), loss.lost, loss.frames, _place(loss),
        tuple(Cause(weight.cause, weight.why) for weight in told.causes), _evidence(loss, list(named)),
    )  # fmt: skip


def _verdict(loss: Loss, first: Weight | None) -> str:
    """Lost is lost, but for what the sender brought about, was told, and can adapt to."""
    cause = first.cause if first is not None else None
    if cause == "hop-limit" and is_chosen(loss):
        return NORMAL
    if cause == "mtu" and is_told(loss):
        return NORMAL
    if cause == "unknown-endpoint" and is_gateway(loss):
        return BY_DESIGN
    return BROKEN if loss.missing is not None else SUSPICIOUS


def _text(loss: Loss, first: Weight | None, confidence: str) -> str:
    src, dst = called(loss.src), called(loss.dst)
    unit = units(loss.lost, loss.unit)
    what = f"{loss.lost} {unit}" if loss.lost == loss.sent == 1 else f"{loss.lost} of {loss.sent} {unit}"
    if loss.lost == loss.sent > 1:
        what = f"All {loss.sent} {unit}"
    verb = "is" if loss.lost == 1 else "are"
    if loss.missing is not None:
        text = f"{what} from {src} to {dst} {verb} lost between {loss.last} and {loss.missing}."
    elif loss.unit == "byte of TCP":
        text = f"{src} sends {what} to {dst} again: they, or what acknowledges them, {verb} lost beyond {loss.last}."
    elif loss.until is None or (stretches(loss) == (RECEIVER,) and loss.dst.owner is None):
        text = f"{what} from {src} to {dst} {'gets' if loss.lost == 1 else 'get'} no answer; last seen at {loss.last}."
    elif stretches(loss) == (RECEIVER,):
        text = f"{what} from {src} {'reaches' if loss.lost == 1 else 'reach'} {loss.last}, and {dst} does not answer."
    else:
        text = f"{what} from {src} to {dst} {'gets' if loss.lost == 1 else 'get'} no answer that {loss.last} sees."
    if loss.missing is None and (first is None or first.weight <= USUAL):
        text += (
            " What lost them, or their answers, cannot be told from here." if loss.lost > 1 else " Why cannot be told."
        )
    elif first is not None:
        how = {CERTAIN: "Cause", LIKELY: "Likely cause"}.get(confidence, "Possible cause")
        text += f" {how}: {first.why}."
    return text


def _place(loss: Loss) -> Place:
    """Between the last place and the next; who reports the loss by ICMP narrows it to the places of its node."""
    if loss.missing is None and loss.step is not None:
        for error in loss.errors:
            owner = error.context.src.owner
            node = owner.node if owner is not None else None
            ahead = [hop for hop in loss.hops[loss.step :] if hop.node == node is not None and hop.role != "pod"]
            if ahead:
                first, last = place_of(ahead[0]), place_of(ahead[-1])
                return Place(first, None if first == last else last)
    return Place(loss.last, loss.missing if loss.missing is not None else loss.until)


def scope_of(loss: Loss) -> str:
    """What the captures cannot show of a loss."""
    if loss.missing is not None:
        between = [] if loss.step is None or loss.next_step is None else loss.hops[loss.step + 1 : loss.next_step]
        unseen = [f"{hop.owner if hop.role == 'pod' else hop.node} {hop.interface}" for hop in between if hop.interface]
        more = f" Not captured in between: {', '.join(unseen)}." if unseen else ""
        return f"Who dropped them is not seen; a capture filter at {loss.missing} would look the same.{more}"
    if stretches(loss) == (RECEIVER,):
        return "Whether the receiver got them from its network card into the program is not seen."
    return "No capture lies further on the way: whether the packets or their answers are lost, and where, is not seen."


def _evidence(loss: Loss, weighed: list[Weight]) -> tuple[Evidence, ...]:
    found: list[Evidence] = [
        FrameEvidence(number, f"{capture}: seen at {loss.last}") for capture, number in loss.frames[:3]
    ]
    if loss.missing is not None:
        found.append(FactEvidence("captures", None, f"{loss.missing} was captured and shows none of these"))
    for weight in weighed:
        found += weight.evidence
    found += said_by(loss.src.owner)
    found += said_by(loss.dst.owner)
    return tuple(dict.fromkeys(found))
