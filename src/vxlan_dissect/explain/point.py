"""At which interface was a frame captured, and how is that known?

Law: what the user says counts most, then what the file or the transcript says, then the name of the file, and last what
only the frames show. Every answer carries its basis; what cannot be told stays open.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, is_multicast_mac
from vxlan_dissect.errors import UsageError
from vxlan_dissect.explain.statements import CERTAIN, LIKELY, POSSIBLE, CapturePoint
from vxlan_dissect.group import group

if TYPE_CHECKING:
    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.inventory.model import Host, Interface, Recording
    from vxlan_dissect.packets import CaptureInterface, Packet, Packets, Value

_COLUMNS = (
    "frame.interface_id", "frame.tunnels", "sll.ifindex", "sll.pkttype", "sll.src.mac", "eth.src", "eth.dst",
    "outer.eth.src", "outer.eth.dst", "outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst",
)  # fmt: skip
_ENDINGS = (".gz", ".zst", ".pcap", ".pcapng", ".cap", ".txt", ".log", ".dmp")
# What network plugins, container runtimes and Linux call their devices, where the inventory lacks one.
_DEVICE = re.compile(
    r"(?:cilium_(?:vxlan|geneve|host|net|wg0)|lxc[0-9a-f]+|cali[0-9a-f]+|vxlan(?:-v6)?\.calico|wg-?v6\.cali|wireguard\.cali"
    r"|tunl0|flannel(?:-v6)?\.\d+|cni0|cbr0|docker0|veth[0-9a-z]+|eth\d+|en[ospx][0-9a-z]+|bond\d+)"
)
ANY = "any"
MAX_LINKS = 4096  # distinct links of one interface that are looked at
_OUT = 4  # sll.pkttype of a frame that the host sent


class _Link(NamedTuple):
    """How one kind of frame of the capture looks at the link: the ends of its outermost MACs and tunnel addresses."""

    sender: int | None
    receiver: int | None
    tunnelled: bool
    ends: tuple[Value, ...] = ()


class Points:
    """The capture points of one capture's frames; what its batches show is added up."""

    def __init__(self, packets: Packets, names: Names, at: str | None = None) -> None:
        self._names = names
        self._interfaces, self._file = packets.interfaces, packets.name
        self._unnamed = packets.name == "-"  # standard input has no name that a command could have given it
        self._given = _given(at, names.inventory)
        self._whole = self._given or _recorded(packets, names.inventory) or _named(packets, names.inventory)
        self._links: dict[int, dict[_Link, None]] = {}
        self._cooked: set[tuple[object, ...]] = set()
        self._per_interface: dict[int, CapturePoint | None] = {}
        self._any_node: tuple[str | None, str, str] | None = None
        # what was looked up among all interfaces of the inventory
        self._told: dict[CaptureInterface, CapturePoint | None] = {}
        self._indexed: dict[int, CapturePoint | None] = {}
        self.learn(packets)

    def learn(self, packets: Packets) -> None:
        """Take in the next batch; what it shows may change what was thought of the batches before."""
        self._interfaces = packets.interfaces
        if self._whole is not None and self._whole.interface != ANY:
            return
        _, firsts = group(packets, _COLUMNS)
        changed, cooked = set(), len(self._cooked)
        for packet in map(packets.__getitem__, firsts):
            if packet.get("sll.ifindex") is not None:
                self._cooked.add(tuple(packet.get(name) for name in ("sll.ifindex", "sll.src.mac", "sll.pkttype")))
            number = packet.integer("frame.interface_id") or 0
            links = self._links.setdefault(number, {})
            link = _link(packet)
            if link not in links and len(links) < MAX_LINKS:
                links[link] = None
                changed.add(number)
        if len(self._cooked) > cooked:
            self._any_node = self._node_of_any()
            self._indexed.clear()
        for number in changed if self._whole is None else ():
            self._per_interface[number] = self._by_links(list(self._links[number]))

    def of(self, packet: Packet) -> CapturePoint | None:
        """The capture point of one frame."""
        index = packet.integer("sll.ifindex")
        if index is not None:
            if index not in self._indexed:
                self._indexed[index] = self._by_index(index)
            return self._indexed[index]
        number = packet.integer("frame.interface_id")
        return self._given or self._told_of(number) or self._whole or self._per_interface.get(number or 0)

    def covered(self) -> list[CapturePoint]:
        """The places that the capture as a whole was taken at, also without a frame; `any` is every one of its node."""
        told = [self._told_of(number) for number in range(len(self._interfaces))]
        if self._whole is not None:
            found = [self._whole]
        elif any(told):
            found = [point for point in told if point is not None]
        elif self._any_node is not None:
            node, basis, confidence = self._any_node
            found = [CapturePoint(node, ANY, None, basis, confidence)]
        else:
            found = [point for point in self._per_interface.values() if point is not None]
        return [point._replace(interface=None) if point.interface == ANY else point for point in found]

    def _told_of(self, number: int | None) -> CapturePoint | None:
        if number is None or number >= len(self._interfaces):
            return None
        interface = self._interfaces[number]
        if interface not in self._told:
            self._told[interface] = _told(interface, self._names.inventory, self._file)
        return self._told[interface]

    def _by_index(self, index: int) -> CapturePoint | None:
        """A cooked capture names the interface by its index on the node that captured."""
        if self._any_node is None:
            return self._whole
        node, basis, confidence = self._any_node
        for interface in self._names.inventory.interfaces:
            if interface.host.pod is None and interface.host.node == node and interface.index == index:
                said_at = interface.index_source or interface.source
                said = f"{basis}; interface index {index} is {interface.name} at {said_at}"
                return CapturePoint(node, interface.name, None, said, confidence)
        return CapturePoint(node, None, None, f"{basis}; interface index {index} is not in the inventory", confidence)

    def _node_of_any(self) -> tuple[str | None, str, str] | None:
        """The node on which interface index and sender MAC fit together most often."""
        if self._whole is not None and self._whole.node is not None:
            return self._whole.node, self._whole.basis, self._whole.confidence
        fits: dict[str, int] = {}
        for index, mac, direction in self._cooked:
            for interface in self._names.inventory.interfaces:
                if interface.index != index or interface.host.pod is not None or interface.host.node is None:
                    continue
                # What goes out may be the interface's own; what comes in is the other end's.
                peer = self._names.inventory.peer(interface)
                sender = interface.mac if direction == _OUT else peer.mac if peer else None
                if mac is not None and mac == sender:
                    fits[interface.host.node] = fits.get(interface.host.node, 0) + 1
        if not fits:
            return None
        best = max(fits, key=lambda node: fits[node])
        if sum(count == fits[best] for count in fits.values()) > 1:
            return None
        return best, "interface indexes and sender MACs fit the interfaces of this node", LIKELY

    def _by_links(self, links: list[_Link]) -> CapturePoint | None:
        if any(link.tunnelled for link in links):
            return self._between_nodes([link for link in links if link.tunnelled])
        ends = {mac for link in links for mac in (link.sender, link.receiver) if mac and not is_multicast_mac(mac)}
        found = [(mac, interface) for mac in ends if (interface := self._interface(mac)) is not None]
        pods = [interface for _, interface in found if interface.host.pod is not None]
        host_ends = [interface for _, interface in found if interface.host.pod is None]
        if len(pods) == 1 and all(pods[0].mac in (link.sender, link.receiver) for link in links if _unicast(link)):
            pod = pods[0]
            peer = self._names.inventory.peer(pod)
            end = f"{peer.name} on {peer.host.node}" if peer is not None else "the host end"
            basis = f"every frame is to or from {pod.host.pod}'s MAC (interface at {pod.source}); "
            basis += f"the other end of the veth, {end}, sees the same frames"
            return CapturePoint(pod.host.node, pod.name, pod.host.pod, basis, POSSIBLE)
        return self._tunnel_device(pods, host_ends)

    def _tunnel_device(self, pods: list[Interface], host_ends: list[Interface]) -> CapturePoint | None:
        """Frames of pods of several nodes, with no tunnel header, are seen at a tunnel device."""
        nodes = {interface.host.node for interface in pods} - {None}
        if len(nodes) < 2 or not all(interface.host.node in nodes for interface in host_ends):
            return None
        devices = {
            i.name for i in self._names.inventory.interfaces if i.kind == "vxlan" or i.name.startswith("cilium_vxlan")
        }
        if len(devices) != 1:
            return None
        where = " and ".join(sorted(filter(None, nodes)))
        basis = f"frames of pods on {where} without a tunnel header; which node cannot be told"
        return CapturePoint(None, devices.pop(), None, basis, POSSIBLE)

    def _between_nodes(self, links: list[_Link]) -> CapturePoint | None:
        """Tunnel packets pass the network cards of two nodes; with one in common to all, it is that one."""
        ends = [{link.sender, link.receiver} - {None} for link in links]
        common = set.intersection(*ends) if ends else set()
        cards = [(mac, interface) for mac in common if mac and (interface := self._interface(mac)) is not None]
        # What goes to a group comes in at any member.
        if len(cards) == 1 and len(common) == 1 and all(_unicast(link) for link in links):
            card = cards[0][1]
            basis = f"every tunnel packet is to or from its MAC (interface at {card.source})"
            return CapturePoint(card.host.node, card.name, None, basis, LIKELY)
        recorded = self._only_recording(links) if self._unnamed else None
        if recorded is not None:
            basis = f"the only command that records at a node of these tunnel packets, at {recorded.source}"
            return CapturePoint(recorded.host.node, recorded.interface, None, basis, POSSIBLE)
        names = {interface.name for _, interface in cards}
        nodes = " and ".join(sorted(str(interface.host.node) for _, interface in cards))
        where = f" of {nodes}" if nodes else ""
        basis = f"tunnel packets pass between two nodes; at the network card{where}, which of both cannot be told"
        return CapturePoint(None, names.pop() if len(names) == 1 else None, None, basis, POSSIBLE)

    def _only_recording(self, links: list[_Link]) -> Recording | None:
        """The one tcpdump command of a transcript that ran at a node between which the tunnel packets pass."""
        owners = (self._names.of_ip(ip) for link in links for ip in link.ends if isinstance(ip, IP))
        nodes = {owner.node for owner in owners if owner is not None and owner.node is not None}
        found = {
            (one.host.node, one.interface): one
            for one in self._names.inventory.recordings
            if one.host.pod is None and one.host.node in nodes
        }
        return next(iter(found.values())) if len(found) == 1 else None

    def _interface(self, mac: int) -> Interface | None:
        return self._names.interface_of(self._names.of_mac(mac))


def _unicast(link: _Link) -> bool:
    return link.receiver is not None and not is_multicast_mac(link.receiver)


def _link(packet: Packet) -> _Link:
    tunnelled = bool(packet.get("frame.tunnels"))
    prefix = "outer." if tunnelled else ""
    sender, receiver = packet.integer(prefix + "eth.src"), packet.integer(prefix + "eth.dst")
    ends = tuple(packet.get(f"outer.{ip}.{side}") for ip in ("ip", "ipv6") for side in ("src", "dst"))
    return _Link(sender, receiver, tunnelled, ends if tunnelled else ())


def _given(at: str | None, inventory: Inventory) -> CapturePoint | None:
    if at is None:
        return None
    host, colon, interface = at.partition(":")
    if not (host and colon and interface):
        raise UsageError(f"--at wants NODE:INTERFACE or POD:INTERFACE, not {at!r}")
    return _place(host, interface, "given by the user", CERTAIN, inventory)


def _place(host: str, interface: str, basis: str, confidence: str, inventory: Inventory) -> CapturePoint:
    if host in inventory.pod_names() and host not in inventory.node_names():
        return CapturePoint(inventory.node_of_pod(host), interface, host, basis, confidence)
    return CapturePoint(host, interface, None, basis, confidence)


def _told(found: CaptureInterface, inventory: Inventory, file: str) -> CapturePoint | None:
    """The interface that the file itself names: a pcapng interface block, or the command in a transcript."""
    if found.name is None:
        return None
    if found.host is not None:
        return _place(found.host, found.name, "the prompt and command before the lines", CERTAIN, inventory)
    owners = {i.host for i in inventory.interfaces if i.name == found.name}
    basis = f"the file names the interface {found.name}"
    if len(owners) > 1:
        node = next((node for node in _nodes(inventory) if _stem(file).startswith(node + ".")), None)
        owners = {host for host in owners if host.pod is None and host.node == node}
        basis += f" and is called after the node, {os.path.basename(file)}"
    host: Host | None = owners.pop() if len(owners) == 1 else None
    return CapturePoint(host.node, found.name, host.pod, basis, LIKELY) if host else None


def _recorded(packets: Packets, inventory: Inventory) -> CapturePoint | None:
    """A command in a transcript that wrote a file of this name."""
    stem = _stem(packets.name)
    for recording in inventory.recordings:
        if recording.capture is not None and _stem(recording.capture) == stem:
            host = recording.host
            basis = f"the command that wrote it, at {recording.source}"
            return CapturePoint(host.node, recording.interface, host.pod, basis, LIKELY)
    return None


def _named(packets: Packets, inventory: Inventory) -> CapturePoint | None:
    """A file called `worker.cilium_vxlan.pcap` or `worker.pod-cni-7t9p4.eth0.pcap`, of a node that is known."""
    stem = _stem(packets.name)
    for node in _nodes(inventory):
        rest = stem.removeprefix(node + ".")
        if rest == stem:
            continue
        basis = f"the name of the file, {os.path.basename(packets.name)}"
        if rest.startswith("pod-"):
            pod, _, interface = rest.removeprefix("pod-").rpartition(".")
            return CapturePoint(node, interface, pod, basis, LIKELY) if pod in inventory.pod_names() else None
        known = {i.name for i in inventory.interfaces if i.host.node == node and i.host.pod is None}
        # `worker.eth0_2.pcap` is a second one of eth0.
        for name in sorted({*known, ANY}, key=len, reverse=True):
            if rest.startswith(name) and rest[len(name) : len(name) + 1] in {"", "_", "-", "+"}:
                return CapturePoint(node, name, None, basis, LIKELY)
        if _DEVICE.fullmatch(rest):
            return CapturePoint(node, rest, None, f"{basis}; the inventory does not list {rest}", POSSIBLE)
        return None
    return None


def _nodes(inventory: Inventory) -> list[str]:
    """The names of the nodes, the longest first: a name that begins with another one counts."""
    return sorted(inventory.node_names(), key=len, reverse=True)


def _stem(name: str) -> str:
    stem = os.path.basename(name)
    while (ending := next(filter(stem.endswith, _ENDINGS), None)) is not None:
        stem = stem.removesuffix(ending)
    return stem
