"""Which pod hangs on which interface of its node, where the pod's own interfaces were not listed?

Law: an endpoint of Cilium says it outright; a route to the pod's one address by a device, or a name computed from the
id of its container, makes it likely. An interface that no line shows is made only where a fact speaks of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.inventory import derive
from vxlan_dissect.inventory.graph.draft import CERTAIN, Basis, likely
from vxlan_dissect.inventory.model import CiliumEndpoint, Host, Interface

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.graph.draft import Draft, Key
    from vxlan_dissect.inventory.model import Source

_BY_CUSTOM = "the first interface of a pod, as container runtimes name it"


def add(draft: Draft) -> None:
    """Add what endpoints, containers and routes say of pods, and their `veth-peer`."""
    ends = _Ends(draft)
    for endpoint in draft.inventory.of(CiliumEndpoint):
        ends.endpoint(endpoint)
    for interface in draft.inventory.interfaces:
        if interface.serves is not None and interface.host.pod is None:
            ends.serves(interface, interface.serves)
    for pod in draft.inventory.pods:
        if pod.container is not None and not pod.host_network:
            ends.container(Host(pod.node, pod.name), pod.container, draft.sources(pod))
    ends.host_routes()


class _Ends:
    """The ends of veth pairs by what may name them."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._by_mac: dict[tuple[Host, str], Key] = {}
        self._by_index: dict[tuple[Host, int], Key] = {}
        self._of_pod: dict[Host, list[Key]] = {}
        self._pods_of: dict[IP, set[Host]] = {}
        for interface in draft.inventory.interfaces:
            key = (interface.host, interface.name)
            if interface.mac:
                self._by_mac.setdefault((interface.host, format_mac(interface.mac)), key)
            if interface.index is not None:
                self._by_index.setdefault((interface.host, interface.index), key)
            if interface.host.pod is not None and interface.name != "lo":
                self._of_pod.setdefault(interface.host, []).append(key)
        for address in draft.inventory.addresses:
            if address.host.pod is not None and not (address.ip.is_loopback or address.ip.is_link_local):
                self._pods_of.setdefault(address.ip, set()).add(address.host)
        for pod in draft.inventory.pods:
            if not pod.host_network:
                for ip in pod.ips:
                    self._pods_of.setdefault(ip, set()).add(Host(pod.node, pod.name))
        self._paired = {
            end for one, other, kind in draft.graph.edges(keys=True) if kind == "veth-peer" for end in (one, other)
        }

    def endpoint(self, endpoint: CiliumEndpoint) -> None:
        """A line of `cilium-dbg endpoint list`, or the like."""
        draft, sources = self._draft, self._draft.sources(endpoint)
        node = endpoint.host.node
        if node is None and endpoint.node_ip is not None:
            node = draft.inventory.node_by_address(endpoint.node_ip)
        pod = self._pod_of(endpoint, node)
        host_end = self._host_end(endpoint, Host(node), sources) if node is not None else None
        if pod is None:
            return
        more = {"identity": endpoint.identity, "namespace": endpoint.namespace}
        draft.host(pod, sources, **{name: value for name, value in more.items() if value is not None})
        pod_end = self._pod_end(pod, sources, endpoint.mac, endpoint.interface)
        for ip in endpoint.ips:
            if (pod, ip) not in draft.held:
                draft.edge(pod_end, draft.address(ip, sources), "holds", sources, length=None)
                draft.held.add((pod, ip))
                if draft.graph.has_edge(pod, ip, "holds"):  # a list gave it to the pod, whose interface was not known
                    draft.graph.remove_edge(pod, ip, "holds")
        if host_end is not None:
            self._join(pod_end, host_end, sources)
        elif endpoint.container is not None:
            self.container(pod, endpoint.container, sources)

    def serves(self, interface: Interface, pod: Host) -> None:
        """An interface that is said to be the host end of a pod's pair."""
        sources = self._draft.sources(interface)
        key = (interface.host, interface.name)
        if key not in self._paired:
            self._join(self._pod_end(self._draft.host(pod), sources), key, sources)

    def container(self, pod: Host, container: str, sources: tuple[Source, ...]) -> None:
        """A sandbox container, from whose id Cilium makes the name of the host end."""
        if pod.node is None or any(end in self._paired for end in self._of_pod.get(pod, ())):
            return
        names = derive.lxc_names(container)
        shown = [(Host(pod.node), name) for name in names if self._draft.has((Host(pod.node), name))]
        # Where the node's interfaces are listed and none has the name, it is no node of Cilium.
        if shown:
            why = "its name is computed from the container's id"
            self._join(self._pod_end(pod, sources), shown[0], sources, likely(why))

    def host_routes(self) -> None:
        """`10.244.0.5 dev veth5a1c09de`: the route to one address by a device of the pod's node."""
        for route in self._draft.inventory.routes:
            prefix, device = route.prefix, route.device
            if (
                prefix is None
                or device is None
                or route.via is not None
                or route.kind != "unicast"
                or prefix.length != prefix.ip.bits
                or route.host.pod is not None
            ):
                continue
            key = (route.host, device)
            pods = {pod for pod in self._pods_of.get(prefix.ip, ()) if pod.node == route.host.node}
            if len(pods) != 1 or key in self._paired:
                continue
            pod = pods.pop()
            if any(end in self._paired for end in self._of_pod.get(pod, ())):
                continue
            sources = self._draft.sources(route)
            self._draft.named(route.host, device, sources)
            if self._draft.kind(key) == "host-interface" and device != "lo":
                why = f"the node's route to {prefix.ip}"
                self._join(self._pod_end(pod, sources), key, sources, likely(why))

    def _pod_of(self, endpoint: CiliumEndpoint, node: str | None) -> Host | None:
        if endpoint.pod is not None:
            return Host(node or self._draft.inventory.node_of_pod(endpoint.pod), endpoint.pod)
        pods = {pod for ip in endpoint.ips for pod in self._pods_of.get(ip, ()) if node in {pod.node, None}}
        return pods.pop() if len(pods) == 1 else None

    def _host_end(self, endpoint: CiliumEndpoint, node: Host, sources: tuple[Source, ...]) -> Key | None:
        mac = None if endpoint.lxc_mac is None else format_mac(endpoint.lxc_mac)
        index, name = endpoint.lxc_index, endpoint.lxc_name
        if name is None and endpoint.container is not None:
            shown = (name for name in derive.lxc_names(endpoint.container) if self._draft.has((node, name)))
            name = next(shown, None)
        if name is None and index is not None and (node, index) in self._by_index:
            return self._by_index[node, index]
        if name is None and mac is not None and (node, mac) in self._by_mac:
            return self._by_mac[node, mac]
        if name is None and index is not None:
            name = f"if{index}"  # as `ip` writes a peer of which it knows no more: eth0@if19
        return None if name is None else self._draft.named(node, name, sources, role="lxc", mac=mac, index=index)

    def _pod_end(self, pod: Host, sources: tuple[Source, ...], mac: int | None = None, name: str | None = None) -> Key:
        text = None if mac is None else format_mac(mac)
        if name is not None:
            return self._draft.named(pod, name, sources, role="pod", mac=text)
        if text is not None and (pod, text) in self._by_mac:
            return self._by_mac[pod, text]
        own = self._of_pod.get(pod, ())
        if len(own) == 1:
            return own[0]
        key = self._draft.named(pod, derive.POD_INTERFACE, sources, likely(_BY_CUSTOM), role="pod", mac=text)
        for ip in list(self._draft.graph.successors(pod)):
            data = self._draft.graph.get_edge_data(pod, ip, "holds")
            if data is not None and self._draft.kind(ip) == "address":
                self._draft.held.add((pod, ip))
                self._draft.edge(key, ip, "holds", tuple(data["sources"]), length=None)
                self._draft.graph.remove_edge(pod, ip, "holds")
        return key

    def _join(self, pod_end: Key, host_end: Key, sources: tuple[Source, ...], basis: Basis = CERTAIN) -> None:
        self._draft.edge(pod_end, host_end, "veth-peer", sources, basis)
        self._draft.named(*host_end, (), role="lxc")
        self._paired |= {pod_end, host_end}
