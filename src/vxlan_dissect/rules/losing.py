"""What may have lost a packet between two places?

Law: a cause is one rule, which weighs a loss and says why; the order of the weights is the order in which the causes
are named, and nothing is weighed that no capture and no line of the inventory speaks for. The stretches of a way are
named after what lies at their ends. Shared by the rules that weigh losses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.statements import FrameEvidence
from vxlan_dissect.inventory.model import NodePrefix
from vxlan_dissect.losses.model import BACK, FORWARD

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Owner
    from vxlan_dissect.losses.model import ErrorMessage, Loss, Question

# Weights: an error message or a plain contradiction names the cause; a pattern that few other causes make; what often
# happens on this stretch; what cannot be ruled out.
NAMED, STRONG, USUAL, POSSIBLE_WEIGHT = 90, 75, 50, 25
# Stretches of a way.
POD_OUT, NODE_OUT, TUNNEL_OUT, UNDERLAY, TUNNEL_IN, NODE_IN, POD_IN, INSIDE, RECEIVER, BEYOND = (
    "pod-out", "node-out", "tunnel-out", "underlay", "tunnel-in", "node-in", "pod-in", "inside", "receiver", "beyond",
)  # fmt: skip
_FACING_PODS = ("lxc", "bridge")


class Weight(NamedTuple):
    """How much speaks for a cause (0 to 100), in words and as evidence."""

    cause: str
    weight: int
    why: str
    evidence: tuple[Evidence, ...] = ()


def stretches(loss: Loss) -> tuple[str, ...]:
    """The stretches of the way between the place that saw the packets last and the one that lacks them, in order."""
    if loss.step is None:
        return (BEYOND,)
    end = loss.next_step if loss.next_step is not None else len(loss.hops) - 1
    if end <= loss.step:
        return (RECEIVER,) if loss.step == len(loss.hops) - 1 else (BEYOND,)
    found = [_stretch(loss.hops[number], loss.hops[number + 1]) for number in range(loss.step, end)]
    return tuple(dict.fromkeys(found))


def _stretch(here: Hop, there: Hop) -> str:
    roles = here.role, there.role
    if here.node != there.node and here.node is not None and there.node is not None:
        return UNDERLAY
    if here.role == "pod":
        return POD_OUT
    if there.role == "pod":
        return POD_IN
    if here.role in _FACING_PODS and there.role in _FACING_PODS:
        return INSIDE
    if roles == ("tunnel", "nic"):
        return TUNNEL_OUT
    if roles == ("nic", "tunnel"):
        return TUNNEL_IN
    if here.role in _FACING_PODS or (here.role == "host" and there.role in ("tunnel", "nic")):
        return NODE_OUT
    if there.role in (*_FACING_PODS, "host"):
        return NODE_IN
    return BEYOND


def errors(loss: Loss, family: str, kind: int, *codes: int) -> list[ErrorMessage]:
    """The ICMP errors of a type, and of certain codes, that quote a lost packet or the tunnel packet around it."""
    return [
        error
        for error in loss.errors
        if error.family == family and error.type == kind and (not codes or error.code in codes)
    ]


def who_says(error: ErrorMessage) -> str:
    """Who sent an ICMP error, in words."""
    return called(error.context.src)


def error_evidence(found: list[ErrorMessage]) -> tuple[Evidence, ...]:
    """The frames of ICMP errors as evidence."""
    return tuple(
        FrameEvidence(error.frame[1], f"{error.frame[0]}: {error.context.kind} from {who_says(error)}")
        for error in found[:3]
    )


def question_evidence(question: Question) -> FrameEvidence:
    """The first frame of a question as evidence."""
    return FrameEvidence(question.frame[1], f"{question.frame[0]}: unanswered question")


def open_questions(loss: Loss, nodes: tuple[str | None, ...], *, roles: tuple[str, ...]) -> list[Question]:
    """The unanswered questions of some nodes that were seen at devices of some roles on the way."""
    devices = {(hop.node, hop.interface) for hop in loss.hops if hop.role in roles and hop.node in nodes}
    return [
        question
        for question in loss.questions
        if (question.spot.at.node, question.spot.at.interface) in devices and question.spot.at.pod is None
    ]


def hop_at(loss: Loss) -> Hop | None:
    """The hop of the place that saw the packets last."""
    return None if loss.step is None else loss.hops[loss.step]


def is_partial(loss: Loss) -> bool:
    """Whether others of the same conversation got through."""
    return loss.lost < loss.sent


def only_large(loss: Loss) -> bool:
    """Whether every packet that was lost is longer than every one that was not, and some were not."""
    return bool(loss.sizes and loss.passed) and loss.sizes[0] > loss.passed[-1]


def owner_of(loss: Loss, ip: IP | None) -> Owner | None:
    """Whose an address is."""
    return loss.context.names.of_ip(ip)


def in_pod_range(loss: Loss, ip: IP) -> bool:
    """Whether an address lies in a range of pods: one that a node has, or the same /24 or /64 as a pod's address."""
    inventory = loss.context.inventory
    if loss.context.names.wiring.range_of(ip) is not None:
        return True
    if any(ip in one.prefix for one in inventory.of(NodePrefix)):
        return True
    near = Prefix(ip, 24 if ip.version == 4 else 64)
    return any(address.host.pod is not None and address.ip in near for address in inventory.addresses)


def is_return(loss: Loss) -> bool:
    """Whether the lost packets are answers."""
    return loss.direction == BACK


def came_by_tunnel(loss: Loss) -> bool:
    """Whether a tunnel was seen around what the lost packets answer."""
    return any(context.outer is not None for context in loss.contexts(FORWARD))
