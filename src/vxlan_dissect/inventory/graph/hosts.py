"""Which hosts are there, with which interfaces, pairs, bridges and addresses?

Law: a line about an interface comes before a list that only names an address, which is joined to its host alone where
no interface of that host is known to hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.graph.draft import CERTAIN, likely
from vxlan_dissect.inventory.model import FdbEntry, Host, NodeAddress

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.graph.draft import Draft
    from vxlan_dissect.inventory.model import Source


def add(draft: Draft) -> None:
    """Add hosts, interfaces and addresses, and `runs-on`, `holds`, `veth-peer` and `member`."""
    inventory = draft.inventory
    for name in inventory.node_names():
        draft.host(Host(name))
    for node in inventory.nodes:
        draft.host(Host(node.name), draft.sources(node))
    for host in inventory.hosts():
        if host.node is not None or host.pod is not None:
            draft.host(host)
    for interface in inventory.interfaces:
        draft.interface(interface)
    for address in inventory.addresses:
        sources = draft.sources(address)
        key = draft.named(address.host, address.interface, sources)
        draft.edge(key, draft.address(address.ip, sources), "holds", sources, length=address.length)
    _pairs(draft)
    _members(draft)
    for pod in inventory.pods:
        sources = draft.sources(pod)
        host = draft.host(
            Host(pod.node, pod.name),
            sources,
            namespace=pod.namespace,
            status=pod.status,
            host_network=pod.host_network,
        )
        listed(draft, Host(pod.node) if pod.host_network and pod.node else host, pod.ips, sources)
    for node in inventory.nodes:
        listed(draft, Host(node.name), node.ips, draft.sources(node))
    for own in inventory.of(NodeAddress):
        sources = draft.sources(own)
        listed(draft, draft.host(Host(own.node)), (own.ip,), sources)


def listed(draft: Draft, host: Host, ips: tuple[IP, ...], sources: tuple[Source, ...]) -> None:
    """Addresses that a list gives a host."""
    for ip in ips:
        draft.address(ip, sources)
        if (host, ip) not in draft.held:
            draft.edge(host, ip, "holds", sources, length=None)


def _pairs(draft: Draft) -> None:
    inventory = draft.inventory
    for interface in inventory.interfaces:
        peer = inventory.peer(interface)
        if peer is None:
            continue
        # From the container to the host; where both ends are of one host, from the lower ifindex.
        order = [(end.host.pod is None, end.index or 0, end.name) for end in (interface, peer)]
        if order[0] <= order[1]:
            sources = draft.sources(interface) + draft.sources(peer)
            certain = inventory._index.peer_is_certain(interface)
            draft.edge(
                (interface.host, interface.name),
                (peer.host, peer.name),
                "veth-peer",
                tuple(dict.fromkeys(sources)),
                CERTAIN if certain else likely("matching interface indexes"),
            )


def _members(draft: Draft) -> None:
    for interface in draft.inventory.interfaces:
        if interface.master is not None:
            sources = draft.sources(interface)
            master = draft.named(interface.host, interface.master, sources)
            draft.edge((interface.host, interface.name), master, "member", sources)
    for entry in draft.inventory.of(FdbEntry):
        if entry.master is not None and entry.master != entry.device:
            sources = draft.sources(entry)
            port = draft.named(entry.host, entry.device, sources)
            draft.edge(port, draft.named(entry.host, entry.master, sources), "member", sources)
