"""Which pod hangs on which interface of its node, where the pod's own interfaces were not listed?

Law: what an endpoint of Cilium says of the host end is certain; a route to the pod's one address by a device, or a name
computed from the id of its container, makes it likely. The host end is one that a line shows; of the pod's end no more
is made up than the name that all runtimes give it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.graph.draft import CERTAIN, Basis, likely
from vxlan_dissect.inventory.merging import derive
from vxlan_dissect.inventory.model import CiliumEndpoint, Host

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.graph.draft import Draft, Key
    from vxlan_dissect.inventory.model import Interface, Route, Source

_BY_CUSTOM = "container runtimes call a pod's first interface so"


def add(draft: Draft) -> None:
    """Add what endpoints, containers and routes say of pods, and their `veth-peer`."""
    ends = _Ends(draft)
    for interface in draft.inventory.interfaces:
        if interface.serves is not None and interface.host.pod is None:
            ends.serves(interface, interface.serves)
    for endpoint in draft.inventory.of(CiliumEndpoint):
        if endpoint.pod is not None:
            node = endpoint.host.node or draft.inventory.node_of_pod(endpoint.pod)
            sources = draft.sources(endpoint)
            pod = draft.host(
                Host(node, endpoint.pod), sources, namespace=endpoint.namespace, identity=endpoint.identity
            )
            if endpoint.container is not None:
                ends.container(pod, endpoint.container, sources)
    for listed in draft.inventory.pods:
        if listed.container is not None and not listed.host_network:
            ends.container(Host(listed.node, listed.name), listed.container, draft.sources(listed))
    for route in draft.inventory.routes:
        ends.host_route(route)


class _Ends:
    """The ends of veth pairs that are known so far."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._of_pod: defaultdict[Host, list[Key]] = defaultdict(list)
        for interface in draft.inventory.interfaces:
            if interface.host.pod is not None and interface.name != "lo":
                self._of_pod[interface.host].append((interface.host, interface.name))
        self._pods_of: defaultdict[IP, set[Host]] = defaultdict(set)
        for address in draft.inventory.addresses:
            if address.host.pod is not None:
                self._pods_of[address.ip].add(address.host)
        for pod in draft.inventory.pods:
            for ip in () if pod.host_network else pod.ips:
                self._pods_of[ip].add(Host(pod.node, pod.name))
        self._paired = {
            end for one, other, kind in draft.graph.edges(keys=True) if kind == "veth-peer" for end in (one, other)
        }

    def serves(self, interface: Interface, pod: Host) -> None:
        """An interface that is said to be the host end of a pod's pair."""
        key = (interface.host, interface.name)
        if key not in self._paired:
            self._join(self._draft.host(pod), key, self._draft.sources(interface))

    def container(self, pod: Host, container: str, sources: tuple[Source, ...]) -> None:
        """A sandbox container, from whose id Cilium makes the name of the host end."""
        if pod.node is not None and not self._has_pair(pod):
            for name in derive.lxc_names(container):
                key = (Host(pod.node), name)
                if self._draft.has(key):
                    self._join(pod, key, sources, likely("its name is computed from the container's id"))
                    break

    def host_route(self, route: Route) -> None:
        """`10.244.0.5 dev veth5a1c09de`: the route to one address by a device of the pod's node."""
        prefix, device = route.prefix, route.device
        if prefix is None or prefix.length != prefix.ip.bits or device is None or route.via is not None:
            return
        pods = [pod for pod in self._pods_of.get(prefix.ip, ()) if pod.node == route.host.node]
        key = (route.host, device)
        if len(pods) != 1 or route.host.pod is not None or key in self._paired or self._has_pair(pods[0]):
            return
        sources = self._draft.sources(route)
        self._draft.named(route.host, device, sources)
        if self._draft.kind(key) == "host-interface":
            self._join(pods[0], key, sources, likely(f"the node's route to {prefix.ip}"))

    def _has_pair(self, pod: Host) -> bool:
        return any(end in self._paired for end in self._of_pod[pod])

    def _join(self, pod: Host, host_end: Key, sources: tuple[Source, ...], basis: Basis = CERTAIN) -> None:
        own = self._of_pod[pod]
        if len(own) != 1:
            own = [self._draft.named(pod, derive.POD_INTERFACE, sources, likely(_BY_CUSTOM), role="pod")]
            self._of_pod[pod] += own
        self._draft.edge(own[0], host_end, "veth-peer", sources, basis)
        self._draft.named(*host_end, (), role="lxc")
        self._paired |= {own[0], host_end}
