"""Which routes does `ip -j route` print?

Run `ip -j route` and `ip -j -6 route`.

Law: as for the text form: a route over several next hops gives one fact for each; iproute2, ip/iproute.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Host, Note, Route, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_command, ip_or_none, prefix_or_none
from vxlan_dissect.inventory.sources.ip_route_text import KINDS, route_to, with_gateway
from vxlan_dissect.inventory.sources.json_text import looks_like_array, number_value, read_array, text_value

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepts(command: str | None, text: str) -> bool:
    """JSON of `ip route`; without a command, an array with `dst` and `gateway`, `protocol` or `flags`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject == "route" and said.json
    return (
        '"dst"' in text
        and any(key in text for key in ('"gateway"', '"protocol"', '"flags"'))
        and not any(key in text for key in ('"ifname"', '"lladdr"', '"state"'))
        and looks_like_array(text)
    )


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Route facts."""
    said = ip_command(command)
    notes: list[Note] = []
    array = read_array(lines, file, notes)
    found = Parsed([], notes, array.rest)
    for element in array.elements:
        value = element.value
        if not value:
            continue
        text = text_value(value.get("dst")) or ""
        source = array.source(element, text)
        prefix = prefix_or_none(text)
        kind = text_value(value.get("type")) or "unicast"
        if (prefix is None and text != "default") or kind not in KINDS:
            notes.append(Note(source.file, source.line, f"not a route: {kind[:20]} {text[:80]!r}", "bad-value"))
            continue
        route = route_to(prefix, host, said.family if said else None, source, kind)
        hops = value.get("nexthops")
        for hop in hops if isinstance(hops, list) and hops else [value]:
            if isinstance(hop, dict):
                found.facts.append(_route(route, value, hop, source, notes))
    return found


def _route(route: Route, value: dict[str, Any], hop: dict[str, Any], source: Source, notes: list[Note]) -> Route:
    over = hop.get("via")
    other_family = isinstance(over, dict)
    gateway = text_value(over.get("host") if isinstance(over, dict) else hop.get("gateway"))
    if gateway is not None:
        via = ip_or_none(gateway)
        if via is None:
            notes.append(Note(source.file, source.line, f"not an address: {gateway[:80]!r}", "bad-value"))
        else:
            route = with_gateway(route, via, other_family=other_family)
    metrics = value.get("metrics")
    mtus = (
        [number_value(item.get("mtu")) for item in metrics if isinstance(item, dict)]
        if isinstance(metrics, list)
        else []
    )
    preferred = text_value(value.get("prefsrc"))
    return route._replace(
        device=text_value(hop.get("dev")) or text_value(value.get("dev")),
        preferred_source=ip_or_none(preferred) if preferred else None,
        mtu=next((mtu for mtu in mtus if mtu), None),
        scope=text_value(value.get("scope")),
        family=route.family or 4,
    )
