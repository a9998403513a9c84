"""How do hosts, interfaces, addresses and services hang together, as a graph?

Law: the graph is a networkx MultiDiGraph whose edges have their `kind` as key, so that two nodes have at most one edge
of each kind in each direction: an interface both routes to a node and tunnels to it, and neither hides the other. It is
directed because all kinds but `veth-peer` are; `graph.to_undirected()` is for walking.

A node is a `Host`, a pair `(Host, interface name)`, an `IP`, or a triple `("service", namespace, name)`. It has `kind`,
one of NODE_KINDS, and `label`; an edge has `kind`, one of EDGE_KINDS. Both have `sources`, a tuple of Source,
`confidence`, and `inferred`: in words from what it follows, None where a line says it. What a kind adds stands in
brackets in the lists below; an attribute that is not known is None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from vxlan_dissect.inventory.inventory import Inventory

NODE_KINDS = {
    "node": "a host on which pods run, which the cluster names, or which has a CNI's devices (node)",
    "host": "another host, such as the switch between the nodes (node)",
    "pod": "a pod (node, namespace, status, host_network, identity)",
    "container-interface": "an interface of a pod (role, mac, index, mtu, state, driver, vni, port, external)",
    "host-interface": "an interface of a node or another host, which is none of the next two (the same)",
    "tunnel-device": "a device that encapsulates: VXLAN, Geneve, IPIP, WireGuard and others (the same)",
    "bridge": "a bridge (the same)",
    "service": "a Kubernetes service, or a frontend of which no more is known (namespace, type, ports)",
    "address": "an IP address, whoever has it; of scope link or host many have the same (scope: global, link, host)",
}

# Of each kind what it joins, in the direction of the edge.
EDGE_KINDS = {
    "runs-on": "a pod and its node",
    "holds": "a host and its interface; an interface, service or host and its address (length of its prefix)",
    "veth-peer": "a container's interface and the host end of its veth pair; two ends of which none is a container's",
    "member": "a port and its bridge, or another device that is its master",
    "routes-to": "an interface, or the host where none is named, and a gateway, the one address a route is for, or "
    "the node whose addresses are in the prefix (prefixes)",
    "neighbour": "an interface and an address that its neighbour table has (mac, state, router)",
    "tunnels-to": "a tunnel device, or the node where none is known, and the device, node or address at the far end "
    "(endpoints, prefixes, vni, port)",
    "selects": "a service and a pod or address behind it (ports, ready)",
}


def graph(inventory: Inventory) -> nx.MultiDiGraph:
    """Build the graph; networkx is imported here, which takes a third of a second."""
    from vxlan_dissect.inventory.graph import endpoints, hosts, routes, services, tunnels
    from vxlan_dissect.inventory.graph.draft import Draft

    draft = Draft(inventory)
    for part in (hosts, endpoints, services, routes, tunnels):
        part.add(draft)
    finished: nx.MultiDiGraph = draft.finish()
    return finished
