"""A station asks whether an IPv4 address is free before it takes it.

Shows
    Who probes which address, and whether somebody answers. Silence is the good outcome.

Why it matters
    A reply means that the address is in use: the station must not take it. Under Cilium it means nothing unless the
    address is the pod's own: its program answers for every other one.

How we know
    RFC 5227 section 2.1.1: the sender address is zero. Cilium: bpf/lib/arp.h, bpf_lxc.c `tail_handle_arp`.

What to check next
    With a reply: who has the MAC that answers (`vxd who`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said_by, sureness
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.pair import ANSWERED, UNANSWERED
from vxlan_dissect.explain.statements import BY_DESIGN, LIKELY, NORMAL, SUSPICIOUS, UNKNOWN, Cause, Statement
from vxlan_dissect.rules.questions import is_probe, question_of

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "arp.probe"
_FIELDS = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4")


def check(context: Context) -> Statement | None:
    """Speak on an ARP request from address zero."""
    question = question_of(context, context.ip("arp.dst.proto_ipv4"))
    if context.get("arp.opcode") != 1 or question is None or not is_probe(context):
        return None
    holder = context.src.mac_owner
    text = f"{device(holder) or 'A station'} probes whether {question.about} is free before it takes it."
    if context.exchange == UNANSWERED:
        text += " Nobody objects: it is free."
    evidence = (*context.fields(*_FIELDS), *said_by(holder), *said_by(question.home))
    probe = Statement(NAME, text, NORMAL, sureness(holder, question.home), evidence, "reply")
    if context.exchange != ANSWERED:
        return probe
    if context.is_cilium:
        text += " Cilium's program answers for every address but the pod's own."
        return probe._replace(text=text, verdict=BY_DESIGN, confidence=LIKELY)
    cause = Cause("duplicate-address", "the address that is probed is in use")
    text += " Somebody has it: the prober must not use it."
    # Where nothing says what network this is, it may be one whose answers mean nothing.
    verdict = SUSPICIOUS if context.inventory.interfaces else UNKNOWN
    return probe._replace(text=text, verdict=verdict, confidence=LIKELY, causes=(cause,))
