"""Does the sender of an ARP reply have the address that it answers for?

Law: as for any answer, with one addition: Linux answers on each interface for all addresses of the host, so only where
Cilium's program answers is the interface, and not the host, what counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said
from vxlan_dissect.inventory.model import Address
from vxlan_dissect.rules.answers import judge

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.rules.answers import Answer

FIELDS = ("arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4", "arp.dst.proto_ipv4", "eth.src")


def judged(context: Context) -> Answer | None:
    """The answer of an ARP reply, judged; None where the frame is none, or an announcement."""
    return None if context.get("arp.opcode") != 2 or _is_announcement(context) else _judged(context)


def announced(context: Context) -> Answer | None:
    """The announcement in an ARP message, judged; None where the frame is none (RFC 5227 section 3)."""
    return _judged(context) if _is_announcement(context) else None


def _is_announcement(context: Context) -> bool:
    sender = context.ip("arp.src.proto_ipv4")
    asks_or_answers = context.get("arp.opcode") in (1, 2)
    return asks_or_answers and sender is not None and sender == context.ip("arp.dst.proto_ipv4")


def _judged(context: Context) -> Answer | None:
    mac = context.number("arp.src.hw_mac")
    mac = context.src.mac if mac is None else mac
    answer = judge(context, context.ip("arp.src.proto_ipv4"), mac, shows_proxy=None)
    if answer is None or not answer.proxy or by_program(context, answer):
        return answer
    home, holder = answer.home, answer.holder
    if home is not None and isinstance(home.fact, Address) and holder is not None and home.host == holder.host:
        return answer._replace(proxy=False, evidence=[*answer.evidence, said(home.fact, home)])
    return answer


def by_program(context: Context, answer: Answer) -> bool:
    """Whether Cilium's program on the host end of a pod's veth answers."""
    return context.is_cilium and answer.holder is not None and answer.holder.what == "lxc"
