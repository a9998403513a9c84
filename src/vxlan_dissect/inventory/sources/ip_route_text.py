"""Which routes does `ip route` print?

Run `ip route` (`ip r s`) and `ip -6 route` (`ip -6 r s`); in a pod `kubectl exec POD -- ip route`.

Law: every word of iproute2 is known here, kept or passed over on purpose; a word that is not known becomes a note
beside the route. A route over several next hops gives one fact for each. Source: iproute2, ip/iproute.c (print_route).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Note, Route, Source
from vxlan_dissect.inventory.sources.base import (
    Line,
    Parsed,
    ip_command,
    ip_or_none,
    prefix_or_none,
    value_after,
    whole_number,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.addresses import IP, Prefix

KINDS = frozenset("unicast local broadcast multicast anycast throw unreachable prohibit blackhole nat xresolve".split())
# Words with one value after them. Kept: via, dev, src, mtu, scope, table.
_VALUES = frozenset(
    "dev src scope proto protocol metric table tos dsfield realm realms pref expires error users used age ipid ts "
    "tsage from iif oif uid mark nhid weight ttl-propagate advmss rtt rttvar rto_min window cwnd initcwnd initrwnd "
    "ssthresh reordering hoplimit features quickack congctl fastopen_no_cookie".split()
)
_FLAGS = frozenset(
    "onlink dead pervasive offload offload_failed trap rt_offload rt_trap notify linkdown unresolved cache <local> "
    "<redirect> <src-direct> <redirected> ecn".split()
)


_TABLES = {"254": None, "main": None, "255": "local", "253": "default"}


def table_name(text: str) -> str | None:
    """The name of a table that has one, else its number; None for the main table (include/uapi/linux/rtnetlink.h)."""
    return _TABLES.get(text, text)


def table_asked_for(command: str | None) -> str | None:
    """The table of `ip route show table 2004`, whose routes do not name it; None for the main table, or all."""
    said = ip_command(command)
    text = value_after(said.rest, "table") if said else None
    return None if text is None or text in {"all", "any", "unspec", "0", "cache"} else table_name(text)


def accepts(command: str | None, text: str) -> bool:
    """Text of `ip route`; without a command, a line with `via` or `dev`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject == "route" and not said.json
    return " via " in text or " dev " in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Route facts. Without a command, a line with a word that is not known is none."""
    said = ip_command(command)
    family = said.family if said else None
    table = table_asked_for(command)
    device = value_after(said.rest, "dev") if said else None  # which no line then has
    found = Parsed([], [], [])
    head: Route | None = None  # a route that said nothing of its way yet: `nexthop` lines follow
    pending: Line | None = None  # its line, until the first of them comes
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        source = Source(file, number)
        if words[0] == "nexthop" and head is not None:
            route, unknown = _read(iter(words[1:]), head._replace(source=source))
            _keep(found, route, unknown)
            pending = None
            continue
        if pending is not None:
            found.rest.append(pending)
        head = pending = None
        start = _destination(words, host, family, source)
        if start is None:
            found.rest.append((number, line))
            continue
        route, unknown = _read(
            iter(words[1 if words[0] not in KINDS else 2 :]), start._replace(table=table, device=device)
        )
        if unknown and (command is None or not _leads(route)):
            found.rest.append((number, line))
        elif _leads(route):
            _keep(found, route, unknown)
        else:
            head, pending = route, (number, line)
    if pending is not None:
        found.rest.append(pending)
    return found


def _leads(route: Route) -> bool:
    """Whether a route says where to, or that it leads nowhere."""
    return route.via is not None or route.device is not None or route.kind != "unicast"


def _destination(words: list[str], host: Host, family: int | None, source: Source) -> Route | None:
    """The beginning of a route: `default`, `10.0.0.0/8`, `blackhole fd00::/64`."""
    kind = words[0] if words[0] in KINDS else "unicast"
    text = words[0] if kind == "unicast" and words[0] != "unicast" else (words[1] if len(words) > 1 else "")
    prefix = None if text == "default" else prefix_or_none(text)
    if prefix is None and text != "default":
        return None
    return route_to(prefix, host, family, source, kind)


def route_to(prefix: Prefix | None, host: Host, family: int | None, source: Source, kind: str) -> Route:
    """A route before its way is known; a prefix of length 0 is the default route written out."""
    if prefix is None:
        return Route(host, None, family or 0, source, kind=kind)
    return Route(host, prefix if prefix.length else None, prefix.ip.version, source, kind=kind)


def with_gateway(route: Route, via: IP, *, other_family: bool) -> Route:
    """The route through a gateway; `via inet6 …` names a gateway of another family than the route's."""
    family = route.family or (10 - via.version if other_family else via.version)
    return route._replace(via=via, family=family)


def _read(words: Iterator[str], route: Route) -> tuple[Route, list[str]]:
    said: dict[str, str] = {}
    unknown: list[str] = []
    for word in words:
        if word == "via":
            text = next(words, "")
            other_family = text in {"inet", "inet6"}
            via = ip_or_none(next(words, "") if other_family else text)
            if via is None:
                unknown.append(word)
            else:
                route = with_gateway(route, via, other_family=other_family)
        elif word == "encap":
            # Up to the way out everything belongs to the encapsulation, also its own `src` and `dst`.
            word = next((later for later in words if later in {"via", "dev"}), "")
            if word == "dev":
                said["dev"] = next(words, "")
            elif word == "via" and (via := ip_or_none(next(words, ""))) is not None:
                route = with_gateway(route, via, other_family=False)
        elif word == "mtu":
            text = next(words, "")
            said["mtu"] = next(words, "") if text == "lock" else text
        elif word == "as":  # `as to ADDRESS`
            next(words, "")
            next(words, "")
        elif word in _VALUES:
            said[word] = next(words, "")
        elif word not in _FLAGS:
            unknown.append(word)
    source_text = said.get("src", "")
    return (
        route._replace(
            device=said.get("dev") or route.device,
            preferred_source=ip_or_none(source_text) if source_text else route.preferred_source,
            mtu=whole_number(said.get("mtu", "")) or route.mtu,
            scope=said.get("scope") or route.scope,
            table=table_name(said["table"]) if "table" in said else route.table,
        ),
        unknown,
    )


def _keep(found: Parsed, route: Route, unknown: list[str]) -> None:
    if unknown:
        text = " ".join(unknown)[:80]
        found.notes.append(Note(route.source.file, route.source.line, f"unknown words: {text!r}", "unknown"))
    found.facts.append(route if route.family else route._replace(family=4))
