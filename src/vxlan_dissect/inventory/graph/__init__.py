"""How do hosts, interfaces, addresses and services hang together, as a graph?

Law: the graph is a networkx MultiDiGraph whose edges have their `kind` as key, so that two nodes have at most one edge
of each kind in each direction: an interface both routes to a node and tunnels to it, and neither hides the other. It is
directed because all kinds but `veth-peer` are; `graph.to_undirected()` is for walking.

A node is a `Host`, a pair `(Host, interface name)`, an `IP`, or a triple `("service", namespace, name)`. It has `kind`,
one of NODE_KINDS; `label`; `sources`, a tuple of Source; `confidence`, and `inferred`, in words from what where no line
says it. Hosts have `node`, pods also `namespace`, `status`, `host_network` and `identity`; interfaces `role` (one of
`model.ROLES`), `mac`, `index`, `mtu`, `state`, `driver`, `vni`, `port`, `external`; addresses `scope` (`global`, `link`
or `host`: of the latter two many hosts have the same); services `namespace`, `type` and `ports`.

An edge has `kind`, one of EDGE_KINDS, `sources`, `confidence` and `inferred`, and what its kind adds; docs/topology.md
lists it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from vxlan_dissect.inventory.inventory import Inventory

# `host` is a host of which nothing shows that pods run on it.
NODE_KINDS = (
    "node",
    "host",
    "pod",
    "container-interface",
    "host-interface",
    "tunnel-device",
    "bridge",
    "service",
    "address",
)

# Of each kind what it joins, in the direction of the edge; the attributes it adds are in brackets.
EDGE_KINDS = {
    "runs-on": "a pod and its node",
    "holds": "a host and its interface; an interface, or what only a list names, and its address (length)",
    "veth-peer": "a container's interface and the host end of its veth pair; two ends that share a host",
    "member": "a port and its bridge, or another device that is its master",
    "routes-to": "an interface, or the host where none is named, and a gateway or the node behind it (prefixes)",
    "neighbour": "an interface and an address that its neighbour table has (mac, state, router)",
    "tunnels-to": "a tunnel device and the device, node or address at the far end (endpoints, prefixes, vni, port)",
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
