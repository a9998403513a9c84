"""What do the flags and the form of a neighbour advertisement show?

Law: RFC 4861 section 7.2.4 only: an owner asked by multicast overrides, a proxy does not. An answer without the target
link-layer option is the answer to a unicast probe and shows neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.pair import ANSWERS, RIVALS
from vxlan_dissect.rules.answers import judge

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.rules.answers import Answer

FIELDS = (
    "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.s", "icmpv6.nd.na.flag.o",
    "icmpv6.opt.target_linkaddr", "eth.src", "ipv6.src",
)  # fmt: skip


def judged(context: Context) -> Answer | None:
    """The answer of a neighbour advertisement, judged; None where the frame is none."""
    target = context.ip("icmpv6.nd.na.target_address")
    if context.get("icmpv6.type") != 136 or target is None:
        return None
    option = context.number("icmpv6.opt.target_linkaddr")
    mac = option if option is not None else context.src.mac
    solicited, override = context.get("icmpv6.nd.na.flag.s"), context.get("icmpv6.nd.na.flag.o")
    shows_proxy: bool | None = None
    if option is not None and solicited and override is not None:
        shows_proxy = not override or context.src.ip != target
    return judge(context, target, mac, shows_proxy=shows_proxy)


def flags_of(context: Context) -> str:
    """The flags as letters: `R S`, `S O`; `not shown` where a text line is silent."""
    names = {"R": "icmpv6.nd.na.flag.r", "S": "icmpv6.nd.na.flag.s", "O": "icmpv6.nd.na.flag.o"}
    if all(context.get(column) is None for column in names.values()):
        return "not shown"
    return " ".join(letter for letter, column in names.items() if context.get(column)) or "none"


def is_unsolicited(context: Context) -> bool:
    """Whether an advertisement announces: it says that nobody asked, and no question here fits it.

    The answer to a probe of a free address says the same, since the prober has no address yet (RFC 4861 section 7.2.4).
    """
    return context.get("icmpv6.nd.na.flag.s") is False and context.exchange not in (ANSWERS, RIVALS)
