"""What do the rules of nftables and iptables have in common that replace source addresses?

Law: `sources`, `excluded` and `device` hold what a rule demands of a packet; a condition that is the other way round
(`ip saddr != …`, `! -o …`) stands in `match` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.sources.base import ip_or_none, prefix_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vxlan_dissect.addresses import IP, Prefix
    from vxlan_dissect.inventory.model import Masquerade


class Condition(NamedTuple):
    """One condition of a rule: `field` is source, destination or device."""

    field: str
    negated: bool
    values: tuple[str, ...]


def with_conditions(fact: Masquerade, conditions: Iterable[Condition], to: str | None) -> Masquerade:
    """The rule with what it demands; `to` is the new address of snat, with or without ports."""
    sources: list[Prefix] = []
    excluded: list[Prefix] = []
    device = None
    for field, negated, values in conditions:
        prefixes = [prefix for value in values if (prefix := prefix_or_none(value)) is not None]
        if field == "source" and not negated:
            sources += prefixes
        elif field == "destination" and negated:
            excluded += prefixes
        elif field == "device" and not negated and len(values) == 1:
            device = values[0]
    return fact._replace(
        to=_address(to) if to else None, sources=tuple(sources), excluded=tuple(excluded), device=device
    )


def _address(text: str) -> IP | None:
    """`192.0.2.1`, `192.0.2.1-192.0.2.9`, `192.0.2.1:1024-65535`, `[fd00::1]:1024`."""
    text = text.strip("[").partition("]")[0]
    if "." in text:
        text = text.partition(":")[0]
    return ip_or_none(text.partition("-")[0])
