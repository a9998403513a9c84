"""What is an interface, and what is an address, to the pods of a node?

Law: what the facts show comes before what a name suggests: a pair that joins, the device of a default route, the
gateway that pods use. The result is one of `model.ROLES`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.merging.veth import Key, key_of

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.merging.veth import End
    from vxlan_dissect.inventory.model import Address, Host, Interface

_TUNNEL_KINDS = frozenset(
    "vxlan geneve gre gretap ip6gre ipip sit ip6tnl vti vti6 wireguard erspan bareudp xfrm".split()
)
_TUNNEL_NAMES = (
    "cilium_vxlan",
    "cilium_geneve",
    "cilium_wg",
    "cilium_ipip",
    "flannel.",
    "flannel-",
    "vxlan.calico",
    "vxlan-v6.calico",
    "wireguard.cali",
    "wg-v6.cali",
    "tunl0",
    "genev_sys_",
    "vxlan_sys_",
    "antrea-tun",
)
# The devices that CNIs give the gateway address of their pods.
_GATEWAY_NAMES = frozenset(("cilium_host", "cni0", "cbr0", "weave", "kube-bridge", "antrea-gw0", "ovn-k8s-mp0"))
_PHYSICAL_NAMES = ("eth", "eno", "ens", "enp", "enx", "enP", "bond", "wlan")
_NEVER_PHYSICAL = ("docker", "br-", "virbr", "podman", "kube-", "nodelocaldns", "cilium_", "dummy", "ifb")


class Roles:
    """Roles of the interfaces and addresses of one inventory."""

    def __init__(self, inventory: Inventory, ends: dict[Key, End], gateways: dict[IP, list[tuple[Host, int]]]) -> None:
        self._ends = ends
        self._gateways = gateways
        self._addresses: defaultdict[tuple[Host, str], list[Address]] = defaultdict(list)
        for address in inventory.addresses:
            self._addresses[address.host, address.interface].append(address)
        self._default_devices = {
            (route.host, route.device) for route in inventory.routes if route.prefix is None and route.kind == "unicast"
        }
        # Which families of each node have a gateway that a pod's route names.
        self._served = {(pod.node, family) for users in gateways.values() for pod, family in users}
        self._known: dict[Key, str] = {}

    def of_interface(self, interface: Interface) -> str:
        """The role of an interface, and so of its MAC."""
        if interface.role is not None:
            return interface.role
        key = key_of(interface)
        role = self._known.get(key)
        if role is None:
            role = self._known[key] = self._of_interface(interface)
        return role

    def of_address(self, address: Address, interface: Interface | None) -> str:
        """The role of an address on an interface."""
        if address.role is not None:
            return address.role
        if address.ip.is_loopback:
            return "loopback"
        if self.is_gateway(address.ip, address.host):
            return "router"
        if interface is None:  # an agent or Kubernetes tells a pod's address without its interface
            return "pod" if address.host.pod else "host"
        role = self.of_interface(interface)
        if (
            role == "router"
            and not address.ip.is_link_local
            and (address.host.node, address.ip.version) in self._served
        ):
            return "host"  # Cilium up to v1.13 put the node's own IPv6 address on cilium_host
        return role

    def is_gateway(self, ip: IP, host: Host) -> bool:
        """Whether pods of this node, or of an unknown one, send to `ip` by default."""
        return host.pod is None and any(pod.node in {host.node, None} for pod, _ in self._gateways.get(ip, ()))

    def _of_interface(self, interface: Interface) -> str:
        name, host = interface.name, interface.host
        if name == "lo" or "LOOPBACK" in interface.flags:
            return "loopback"
        if host.pod is not None:
            return "pod"
        if interface.kind in _TUNNEL_KINDS or "POINTOPOINT" in interface.flags or name.startswith(_TUNNEL_NAMES):
            return "tunnel"
        end = self._ends.get(key_of(interface))
        if end is not None and end.interface.host.pod is not None:
            return "lxc"
        if name.startswith(("lxc", "cali")):
            return "lxc"
        addresses = [address.ip for address in self._addresses[host, name]]
        serves = any(self.is_gateway(ip, host) for ip in addresses)
        has_global = any(not (ip.is_link_local or ip.is_loopback) for ip in addresses)
        if name.startswith("veth") and interface.peer_index is not None and end is None and (serves or not has_global):
            return "lxc"
        if serves or name in _GATEWAY_NAMES:
            return "router"
        if (host, name) in self._default_devices:
            return "node"
        if interface.kind in {"bridge", "dummy"} or name.startswith(_NEVER_PHYSICAL):
            return "host"
        return "node" if name.startswith(_PHYSICAL_NAMES) or has_global else "host"
