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
    from types import ModuleType

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Statement

# In the order in which a frame's statements are shown: the tunnel around it, what it is, how it travels. With each the
# columns of which a frame must have one to be spoken of; none asked for: every frame. The name is that of the module.
RULES: dict[str, tuple[str, ...]] = {
    "tunnel.encapsulated": ("frame.tunnels",),
    "ndp.solicitation": ("icmpv6.nd.ns.target_address",),
    "ndp.unanswered": ("icmpv6.nd.ns.target_address",),
    "ndp.proxy-advertisement": ("icmpv6.nd.na.target_address",),
    "ndp.advertisement": ("icmpv6.nd.na.target_address",),
    "arp.request": ("arp.opcode",),
    "arp.proxy-reply": ("arp.opcode",),
    "arp.reply": ("arp.opcode",),
    "icmp.echo-request": ("icmp.type", "icmpv6.type"),
    "icmp.echo-reply": ("icmp.type", "icmpv6.type"),
    "routing.gateway-mac": ("eth.dst",),
    "routing.hop-limit": ("ip.ttl", "ipv6.hlim"),
    "routing.hop-limit-exhausted": ("ip.ttl", "ipv6.hlim"),
    "routing.unknown-next-hop": ("eth.dst",),
    "routing.foreign-vtep-mac": ("eth.dst",),
    "routing.foreign-source": ("eth.src",),
    "routing.masqueraded": ("ip.src", "ipv6.src"),
    "routing.direct-reply": ("ip.src", "ipv6.src"),
    "routing.asymmetric-path": ("ip.src", "ipv6.src"),
    "routing.loop": ("ip.ttl", "ipv6.hlim"),
}


def statements(context: Context) -> tuple[Statement, ...]:
    """What all rules say of the frames of one context."""
    said = (_check(name)(context) for name, columns in RULES.items() if _concerns(context, columns))
    spoken = (one for one in said if one is not None and one.evidence)
    return tuple(one._replace(evidence=tuple(dict.fromkeys(one.evidence))) for one in spoken)


def module_of(name: str) -> str:
    """The module of a rule, by its dotted name."""
    return f"{__name__}.{name.replace('-', '_')}"


def describe(name: str) -> str:
    """The page of a rule, as its docstring stands. Raises KeyError for an unknown rule."""
    if name not in RULES:
        raise KeyError(name)
    return inspect.cleandoc(_module(name).__doc__ or "")


def section(name: str, heading: str) -> str:
    """What stands under one heading of a rule's page, as one line."""
    _, _, after = describe(name).partition(f"\n{heading}\n")
    lines = []
    for line in after.split("\n"):
        if line and not line.startswith(" "):
            break
        lines.append(line.strip())
    return " ".join(filter(None, lines))


def _concerns(context: Context, columns: tuple[str, ...]) -> bool:
    return not columns or any(context.packet.get(column) is not None for column in columns)


def _module(name: str) -> ModuleType:
    return import_module(module_of(name))


_CHECKS: dict[str, Callable[[Context], Statement | None]] = {}


def _check(name: str) -> Callable[[Context], Statement | None]:
    found = _CHECKS.get(name)
    if found is None:
        found = _CHECKS[name] = _module(name).check
    return found
