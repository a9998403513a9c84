"""Which routes does `ip -j route` print?

Run `ip -j route` and `ip -j -6 route`.

Law: as for the text form: a route over several next hops gives one fact for each; iproute2, ip/iproute.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.sources.base import ip_command, ip_or_none, prefix_or_none, value_after
from vxlan_dissect.inventory.sources.documents import number_value, objects, text_value
from vxlan_dissect.inventory.sources.ip_route_text import (
    KINDS,
    route_to,
    table_asked_for,
    table_name,
    with_gateway,
)

_FIRST_DST = re.compile(r'"dst"\s*:\s*"([^"]{0,64})"')
# Kept, or passed over on purpose: who installed it, its preference, what tunes TCP.
_KNOWN = frozenset(
    "type dst from tos dsfield flow gateway via dev table protocol scope prefsrc metric flags realm uid mark cache "
    "expires error users age used metrics pref nexthops nhid multipath iif ttl-propogate ttl-propagate encap src "
    "cacheinfo weight".split()
)

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host, Route
    from vxlan_dissect.inventory.sources.documents import Document, Element


def accepts(command: str) -> bool:
    """`ip -j route`."""
    said = ip_command(command)
    return said is not None and said.subject == "route" and said.json


def takes(value: dict[str, Any]) -> bool:
    """An object with `dst` and `gateway`, `dev` or `flags`, and none of a neighbour's or a rule's keys."""
    return (
        "dst" in value
        and any(key in value for key in ("gateway", "dev", "flags", "nexthops"))
        and not any(key in value for key in ("ifname", "lladdr", "state", "proxy", "priority"))
    )


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Route facts."""
    said = ip_command(command)
    if "encap" in element.value:
        element = _own_keys(element, document)
    value = element.value
    # With an encapsulation the key stands twice in one object; the first is the route's (ip/iproute_lwtunnel.c).
    first = _FIRST_DST.search(document.text, element.begin, element.end) if "encap" in value else None
    text = first[1] if first else text_value(value.get("dst")) or ""
    prefix = prefix_or_none(text)
    kind = text_value(value.get("type")) or "unicast"
    if (prefix is None and text != "default") or kind not in KINDS:
        document.note(element, f"not a route: {kind[:20]} {text[:80]!r}", value=text)
        return []
    if "encap" not in value:  # which brings keys of its own
        document.unread(element, [key for key in value if key not in _KNOWN])
    route = route_to(prefix, host, said.family if said else None, document.source(element, text), kind)
    table = text_value(value.get("table"))
    device = value_after(said.rest, "dev") if said else None
    route = route._replace(device=device, table=table_name(table) if table else table_asked_for(command))
    return [_route(route, element, hop, document) for hop in objects(value.get("nexthops")) or [value]]


def _own_keys(element: Element, document: Document) -> Element:
    """A route that encapsulates: the tunnel's `dst` stands in the same object, after the route's own `dst`.

    iproute2, ip/iproute_lwtunnel.c, print_encap_ip.
    """
    from json import loads

    try:
        value = loads(document.text[element.begin : element.end], object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    except (ValueError, RecursionError):  # YAML, which refuses a key that stands twice
        return element
    return element._replace(value=value)


def _route(route: Route, element: Element, hop: dict[str, Any], document: Document) -> Route:
    value = element.value
    over = hop.get("via")
    other_family = isinstance(over, dict)
    gateway = text_value(over.get("host") if isinstance(over, dict) else hop.get("gateway"))
    if gateway is not None:
        via = ip_or_none(gateway)
        if via is None:
            document.note(element, f"not an address: {gateway[:80]!r}", value=gateway)
        else:
            route = with_gateway(route, via, other_family=other_family)
    mtus = [number_value(item.get("mtu")) for item in objects(value.get("metrics"))]
    preferred = text_value(value.get("prefsrc"))
    return route._replace(
        device=text_value(hop.get("dev")) or text_value(value.get("dev")) or route.device,
        preferred_source=ip_or_none(preferred) if preferred else None,
        mtu=next((mtu for mtu in mtus if mtu), None),
        scope=text_value(value.get("scope")),
        family=route.family or 4,
    )
