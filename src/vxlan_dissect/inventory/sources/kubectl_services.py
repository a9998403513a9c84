"""Which services are there, and under which addresses?

Run `kubectl get services -A -o wide` (`kubectl get svc`).

Law: the table shows the first cluster address of a dual-stack service. A row is one whose TYPE is a service type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Note, Service, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, kubectl_get, whole_number
from vxlan_dissect.inventory.sources.table import bare_name, known, pairs_of, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.addresses import IP

_NEEDED = frozenset(("NAME", "TYPE", "CLUSTER-IP"))
_TYPES = frozenset(("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"))


def accepts(command: str | None, text: str) -> bool:
    """The table of `kubectl get services`; without a command, its header."""
    if command is not None:
        said = kubectl_get(command)
        return said is not None and bool(said.resources & {"services", "all"}) and said.output in {None, "wide"}
    return "CLUSTER-IP" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Service facts."""
    del host  # whoever asks, the answer is the cluster's
    said = kubectl_get(command)
    found = Parsed([], [], [])
    for number, line, cells in rows(lines, _NEEDED, found.rest):
        if cells.get("TYPE") not in _TYPES:
            found.rest.append((number, line))
            continue
        source = Source(file, number)
        found.facts.append(
            Service(
                bare_name(cells["NAME"]),
                source,
                namespace=cells.get("NAMESPACE") or (said.namespace if said else None),
                kind=cells["TYPE"],
                cluster_ips=_addresses(cells.get("CLUSTER-IP"), source, found),
                external_ips=_addresses(cells.get("EXTERNAL-IP"), source, found),
                ports=_ports(cells.get("PORT(S)"), source, found),
                selector=pairs_of(cells.get("SELECTOR")),
            )
        )
    return found


def _addresses(cell: str | None, source: Source, found: Parsed) -> tuple[IP, ...]:
    """`10.96.0.1`, `192.0.2.1,192.0.2.2`, `None` for a headless service; a name of a load balancer is no address."""
    text = known(cell)
    if text in {None, "None"}:
        return ()
    ips = {part: ip_or_none(part) for part in str(text).split(",")}
    for part, ip in ips.items():
        if ip is None:
            found.notes.append(Note(source.file, source.line, f"not an address: {part[:80]!r}", "bad-value"))
    return tuple(ip for ip in ips.values() if ip is not None)


def _ports(cell: str | None, source: Source, found: Parsed) -> tuple[tuple[int, int | None, str], ...]:
    """`80:30000/TCP,443/TCP`."""
    ports: list[tuple[int, int | None, str]] = []
    for part in (known(cell) or "").split(","):
        numbers, _, protocol = part.partition("/")
        port, colon, node_port = numbers.partition(":")
        value = whole_number(port)
        if value is not None and protocol:
            ports.append((value, whole_number(node_port) if colon else None, protocol))
        elif part:
            found.notes.append(Note(source.file, source.line, f"not a port: {part[:80]!r}", "bad-value"))
    return tuple(ports)
