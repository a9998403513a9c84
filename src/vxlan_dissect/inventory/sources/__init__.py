"""Which command outputs are read?

Law: the list is explicit, one source a file and one line here. A source is a module with `accepts(command, text)`,
which decides by the command where one is known (then the text may be empty) and by the text where none is, and
`parse(lines, host, file, command)`, which raises nothing: what it cannot use comes back in `Parsed.rest` or `.notes`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, cast

from vxlan_dissect.inventory.sources import (
    arp,
    bpftool_net_text,
    bridge_fdb_text,
    cilium_config,
    cilium_connections,
    cilium_encryption,
    cilium_endpoint_text,
    cilium_events_text,
    cilium_health_text,
    cilium_identity_text,
    cilium_ip_text,
    cilium_map_text,
    cilium_node_text,
    cilium_service_text,
    cilium_status,
    ethers,
    ethtool_text,
    helm_set,
    hostname,
    hosts,
    ifconfig,
    ip_addr_text,
    ip_brief_text,
    ip_neigh_text,
    ip_route_text,
    ip_rule_text,
    iptables_text,
    kind_config,
    kubectl_ciliumendpoints,
    kubectl_ciliumidentities,
    kubectl_ciliumnodes,
    kubectl_describe,
    kubectl_endpoints,
    kubectl_endpointslices,
    kubectl_nodes,
    kubectl_pods,
    kubectl_services,
    nft_text,
    objects,
    route_text,
    tc_filter_text,
)
from vxlan_dissect.inventory.sources.base import LONGEST_LINE, Line, Parsed, kubectl_get

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Host


class Source(Protocol):
    """What a module of this package offers."""

    def accepts(self, command: str | None, text: str) -> bool:
        """Whether `text` is output of this command; `command` None where nobody knows."""

    def parse(self, lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
        """Read numbered lines that `host` printed; `file` is named in every fact."""


# Neighbours before routes: both start with an address and a device, and a neighbour's words are the fewer. `ip -br`
# before `ip address`, whose commands it shares.
SOURCES = cast(
    "tuple[Source, ...]",
    (
        kind_config,  # before objects, so that a session alone needs no YAML
        objects,
        nft_text,
        iptables_text,
        ip_brief_text,
        ip_addr_text,
        ifconfig,
        ip_rule_text,
        bridge_fdb_text,
        tc_filter_text,
        bpftool_net_text,
        ethtool_text,
        arp,
        route_text,
        ip_neigh_text,
        ip_route_text,
        hostname,
        ethers,
        hosts,
        kubectl_pods,
        kubectl_services,
        kubectl_nodes,
        kubectl_endpointslices,
        kubectl_endpoints,
        kubectl_ciliumnodes,
        kubectl_ciliumendpoints,
        kubectl_ciliumidentities,
        kubectl_describe,
        helm_set,
        cilium_status,
        cilium_health_text,
        cilium_endpoint_text,
        cilium_map_text,
        cilium_identity_text,
        cilium_ip_text,
        cilium_node_text,
        cilium_service_text,
        cilium_connections,
        cilium_events_text,
        cilium_encryption,
        cilium_config,
    ),
)

_OBJECTS = cast("Source", objects)


@lru_cache(maxsize=1024)
def source_of(command: str) -> Source | None:
    """The source that reads the output of `command`, or None."""
    return next((source for source in SOURCES if source.accepts(command, "")), None)


def parse_by_content(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Read lines of which nobody knows the command: every source takes the lines that can only be its own.

    `command` is the one that another source was given; a `kubectl get` of several kinds has tables for several sources.
    """
    get = command if kubectl_get(command) else None
    found = Parsed([], [], list(lines))
    for source in SOURCES:
        if not found.rest:
            break
        # Objects may stand in one line of any length; no line of a text that is read is as long.
        long = [] if source is _OBJECTS else [line for line in found.rest if len(line[1]) > LONGEST_LINE]
        rest = [line for line in found.rest if len(line[1]) <= LONGEST_LINE] if long else found.rest
        if source.accepts(None, "\n".join(line for _, line in rest)):
            parsed = source.parse(rest, host, file, get if get and source.accepts(get, "") else None)
            left = sorted([*parsed.rest, *long]) if long else parsed.rest
            found = Parsed(found.facts + parsed.facts, found.notes + parsed.notes, left)
    return found
