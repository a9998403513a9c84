"""Which rules are there, and what do they say of a frame?

Law: a rule is one file and one line here. Its module has `check(context)`, which returns one Statement or None, and a
docstring that is its page: *Shows*, *Why it matters*, *How we know*, *What to check next*. A rule that cannot give
evidence stays silent.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

# In the order in which a frame's statements are shown: the tunnel around it, what it is, how it travels.
RULES: dict[str, str] = {
    "tunnel.encapsulated": "vxlan_dissect.rules.tunnel.encapsulated",
    "ndp.solicitation": "vxlan_dissect.rules.ndp.solicitation",
    "ndp.unanswered": "vxlan_dissect.rules.ndp.unanswered",
    "ndp.proxy-advertisement": "vxlan_dissect.rules.ndp.proxy_advertisement",
    "ndp.advertisement": "vxlan_dissect.rules.ndp.advertisement",
    "arp.request": "vxlan_dissect.rules.arp.request",
    "arp.proxy-reply": "vxlan_dissect.rules.arp.proxy_reply",
    "arp.reply": "vxlan_dissect.rules.arp.reply",
    "icmp.echo-request": "vxlan_dissect.rules.icmp.echo_request",
    "icmp.echo-reply": "vxlan_dissect.rules.icmp.echo_reply",
    "routing.gateway-mac": "vxlan_dissect.rules.routing.gateway_mac",
    "routing.hop-limit": "vxlan_dissect.rules.routing.hop_limit",
}


def statements(context: Context) -> tuple[Statement, ...]:
    """What all rules say of the frames of one context."""
    found = (said for name in RULES if (said := _check(name)(context)) is not None)
    return tuple(said._replace(evidence=tuple(dict.fromkeys(said.evidence))) for said in found if said.evidence)


def describe(name: str) -> str:
    """The page of a rule, as its docstring stands. Raises KeyError for an unknown rule."""
    return inspect.cleandoc(import_module(RULES[name]).__doc__ or "")


_CHECKS: dict[str, Callable[[Context], Statement | None]] = {}


def _check(name: str) -> Callable[[Context], Statement | None]:
    found = _CHECKS.get(name)
    if found is None:
        found = _CHECKS[name] = import_module(RULES[name]).check
    return found
