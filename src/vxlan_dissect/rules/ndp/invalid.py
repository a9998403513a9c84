"""A message of neighbour discovery that receivers must discard.

Shows
    Which test it fails.

Why it matters
    The receiver drops it silently, so a resolution fails although question and answer are on the wire. A hop limit
    below 255 means that the message was forwarded or sent by somebody who is not on this link.

How we know
    RFC 4861 section 6.1.1, 6.1.2, 7.1.1 and 7.1.2 (hop limit 255, code 0, length, target no group, option length not 0,
    S not to a group, from `::` only to a solicited-node group and without the source option); RFC 6980 section 5
    (neighbour discovery must not come in fragments).

What to check next
    Who made it: the MAC of the sender. A router or tunnel that lowers the hop limit, a program that builds the message
    by hand, or an attack from another link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import is_solicited_node
from vxlan_dissect.explain.context import called
from vxlan_dissect.explain.ends import damage_of
from vxlan_dissect.explain.statements import CERTAIN, SUSPICIOUS, Cause, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.invalid"
_TYPES = (133, 134, 135, 136)
_OF_THE_CAPTURE = ("captured length", "nesting depth")  # says nothing of the message itself
_FIELDS = (
    "icmpv6.type", "icmpv6.code", "ipv6.hlim", "ipv6.src", "ipv6.dst", "icmpv6.nd.ns.target_address",
    "icmpv6.nd.na.target_address", "icmpv6.opt.src_linkaddr", "ipv6.fraghdr.offset", "damage.limit", "eth.src",
)  # fmt: skip


def check(context: Context) -> Statement | None:
    """Speak on router and neighbour solicitations and advertisements that are not valid."""
    if context.get("icmpv6.type") not in _TYPES:
        return None
    why = _wrong(context)
    if why is None:
        return None
    text = f"Receivers discard this message of {called(context.src)}: {why}."
    return Statement(NAME, text, SUSPICIOUS, CERTAIN, tuple(context.fields(*_FIELDS)), causes=(Cause("other", why),))


def _wrong(context: Context) -> str | None:
    limit, code = context.number("ipv6.hlim"), context.number("icmpv6.code")
    damage = damage_of(context.packet)
    if limit is not None and limit != 255:
        return f"its hop limit is {limit} and must be 255, so it did not come from this link untouched"
    if code:
        return f"its code is {code} and must be 0"
    if context.get("ipv6.fraghdr.offset") is not None:
        return "it came in fragments"
    if damage is not None and damage.layer.startswith("icmpv6") and damage.limit not in _OF_THE_CAPTURE:
        return "an option has length 0" if not damage.have and damage.limit == "option length" else "it is too short"
    return _wrong_addresses(context)


def _wrong_addresses(context: Context) -> str | None:
    target = context.ip("icmpv6.nd.ns.target_address") or context.ip("icmpv6.nd.na.target_address")
    source, destination = context.src.ip, context.dst.ip
    if target is not None and target.is_multicast:
        return f"its target {target} is a group"
    solicited = context.get("icmpv6.nd.na.flag.s")
    if solicited and destination is not None and destination.is_multicast:
        return "the solicited flag is set though it goes to a group"
    if context.get("icmpv6.type") != 135 or source is None or not source.is_unspecified:
        return None
    if context.get("icmpv6.opt.src_linkaddr") is not None:
        return "it comes from :: and has a source link-layer address"
    if destination is not None and not is_solicited_node(destination):
        return f"it comes from :: and goes to {destination}, no solicited-node group"
    return None
