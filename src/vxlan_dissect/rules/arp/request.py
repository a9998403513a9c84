"""A station asks for the MAC of an IPv4 address.

Shows
    Who asks, for which address and whose that is; whether it is an announcement or a probe instead.

Why it matters
    Nothing can be sent to an IPv4 address on the link before this question is answered.

How we know
    RFC 826; RFC 5227 section 2.1.1 (probe: sender address zero) and 2.3 (announcement: sender and target the same).

What to check next
    The answer: `arp.reply` or `arp.proxy-reply`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by, sureness
from vxlan_dissect.explain.names import device, label
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.statements import NORMAL, UNKNOWN, Statement
from vxlan_dissect.rules.answers import asker_is_elsewhere

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "arp.request"


def check(context: Context) -> Statement | None:
    """Speak on every ARP request."""
    target, sender = context.ip("arp.dst.proto_ipv4"), context.ip("arp.src.proto_ipv4")
    if context.get("arp.opcode") != 1 or target is None:
        return None
    home = context.names.of_ip(target, (context.src.owner.node if context.src.owner else None, None))
    whose = label(home)
    about = f"{target} ({whose})" if whose else str(target)
    verdict = NORMAL
    if sender is not None and sender.is_unspecified:
        text = f"{device(context.src.mac_owner) or 'A station'} probes whether {about} is free."
    elif sender == target:
        text = f"{called(context.src)} announces its own address {target}."
    else:
        text = f"{called(context.src)} asks for the MAC of {about}."
        if context.exchange in (OPEN, UNANSWERED) and asker_is_elsewhere(context):
            text += " The answer would be unicast and need not pass this interface."
        elif context.exchange == UNANSWERED:
            verdict, text = UNKNOWN, f"{text} No answer follows in this capture."
        elif context.exchange == OPEN:
            text += " The capture ends before an answer was due."
    evidence = [
        *context.fields("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
        *said_by(context.src.owner),
        *said_by(home),
    ]
    return Statement(NAME, text, verdict, sureness(context.src.owner, home), tuple(evidence), "reply")
