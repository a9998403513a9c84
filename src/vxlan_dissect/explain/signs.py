"""What do the packets give away of how a Cilium is set up: its host routing, its release?

Law: a sign is something that one setup does and the others do not; signs that speak against each other leave the
question open. What is only missing is a sign where its counterpart was surely there: a pod that answers was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.datapath import cilium
from vxlan_dissect.datapath.configured import Setup
from vxlan_dissect.explain.pair import UNASKED
from vxlan_dissect.explain.segments import ACK_BIT, RST_BIT
from vxlan_dissect.group import group
from vxlan_dissect.inventory.model import Host

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.explain.point import Points
    from vxlan_dissect.inventory.model import Interface
    from vxlan_dissect.packets import Packet, Packets

_COLUMNS = (
    "frame.tunnels", "frame.interface_id", "sll.ifindex", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src",
    "ipv6.dst", "ipv6.hlim", "icmp.type", "icmpv6.type", "tcp.flags", "arp.opcode", "icmpv6.nd.na.target_address",
    "icmpv6.nd.na.flag.r", "icmpv6.nd.na.flag.o",
)  # fmt: skip
_ECHO_REPLY = 129
_NEIGHBOUR_DISCOVERY = range(130, 138)


class Signs:
    """The signs of one capture, batch by batch."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._pods: dict[tuple[str | None, str], Interface | None] = {}
        self._delivered: int | None = None  # a frame that reached a pod through the host end of its veth
        self._answered: int | None = None  # a frame by which a pod answers what its host end never showed
        self._releases: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}

    def learn(self, packets: Packets, state: NDArray[np.uint8], points: Points) -> None:
        """Take in the next batch; `state` is how each frame's exchange stands."""
        _, firsts = group(packets, _COLUMNS, [state])
        for row in firsts:
            packet = packets[row]
            self._release(packet)
            point = points.of(packet)
            if point is not None and point.pod is None and point.interface is not None:
                self._at_host_end(packet, int(state[row]), point.node, point.interface)

    @property
    def setup(self) -> Setup:
        """What the signs seen so far say."""
        said: list[str] = []
        routing, since, until = None, cilium.FIRST, cilium.LAST
        if self._delivered is not None:
            routing = cilium.LEGACY
            said.append(f"legacy host routing (likely: frame {self._delivered} reaches its pod through the host end)")
        elif self._answered is not None:
            routing = cilium.BPF
            why = f"in frame {self._answered} a pod answers what never passed the host end of its veth"
            said.append(f"BPF host routing (likely: {why})")
        for why, (first, last) in self._releases.items():
            since, until = max(since, first), min(until, last)
            which = f"up to 1.{last[1]}" if last != cilium.LAST else f"1.{first[1]} or later"
            said.append(f"version {which} (likely: {why})")
        if since > until:
            return Setup(routing)
        return Setup(routing, since, until, said=tuple(said))

    def _at_host_end(self, packet: Packet, state: int, node: str | None, interface: str) -> None:
        pod = self._pod_behind(node, interface)
        if pod is None or packet.get("arp.opcode") is not None or packet.get("frame.tunnels"):
            return
        if packet.get("icmpv6.type") in _NEIGHBOUR_DISCOVERY:
            return
        sender, mac = self._names.of_ip(packet.ip("ip.src") or packet.ip("ipv6.src")), pod.mac
        if mac is not None and packet.integer("eth.dst") == mac:
            # What the node's own kernel or the program at this device sends is seen with either routing.
            if sender is not None and sender.pod is not None:
                self._delivered = self._delivered or packet.number
        elif mac is not None and packet.integer("eth.src") == mac:
            flags = packet.integer("tcp.flags") or 0
            answers = packet.get("icmp.type") == 0 or packet.get("icmpv6.type") == 129
            if (answers and state == UNASKED) or (flags & ACK_BIT and not flags & RST_BIT):
                self._answered = self._answered or packet.number

    def _pod_behind(self, node: str | None, interface: str) -> Interface | None:
        """The pod's end of the veth whose host end has this name, None where there is none or more than one."""
        place = node, interface
        if place not in self._pods:
            inventory, host = self._names.inventory, Host(node)
            ends = (end for end in inventory.interfaces if end.name == interface and end.host == host)
            pods = [pod for end in ends if (pod := inventory.pod_of_lxc(end)) is not None]
            self._pods[place] = pods[0] if len(pods) == 1 else None
        return self._pods[place]

    def _release(self, packet: Packet) -> None:
        """Releases differ in a few things that frames show."""
        target = packet.ip("icmpv6.nd.na.target_address")
        source = packet.ip("ipv6.src")
        if target is not None and source is not None:
            home = self._names.of_ip(target)
            holder = self._names.of_mac(packet.integer("eth.src"))
            proxied = packet.get("icmpv6.nd.na.flag.o") and not packet.get("icmpv6.nd.na.flag.r")
            if proxied and home is not None and home.what == "pod" and holder is not None and holder.what == "lxc":
                # d0251e333f in v1.18.0
                if source == target:
                    self._tell("an answer for a neighbour pod comes from that pod's address", (1, 18), cilium.LAST)
                else:
                    self._tell("an answer for a neighbour pod comes from another address", cilium.FIRST, (1, 17))
        elif packet.get("icmpv6.type") == _ECHO_REPLY and packet.integer("ipv6.hlim") in (64, 128, 255):
            home, to = self._names.of_ip(source), self._names.of_ip(packet.ip("ipv6.dst"))
            holder = self._names.of_mac(packet.integer("eth.src"))
            at_pod = holder is not None and holder.what == "lxc" and to is not None and to.node == holder.node
            if at_pod and home is not None and home.what == "router":
                # ee15ae6d3b in v1.14.0 removed it
                self._tell("the host end answers for the pod gateway with the hop limit asked", cilium.FIRST, (1, 13))
        elif packet.integer("eth.src") != 0:
            self._host_macs(packet)
        else:
            to = self._names.of_mac(packet.integer("eth.dst"))
            if to is not None and to.interface == "cilium_host":
                self._tell("what the tunnel hands to cilium_host has a source MAC of zeros", (1, 19), cilium.LAST)

    def _host_macs(self, packet: Packet) -> None:
        """What a node sends into the tunnel goes from cilium_host to cilium_net, since v1.19 to cilium_host itself."""
        sender = self._names.of_mac(packet.integer("eth.src"))
        if sender is None or sender.interface not in ("cilium_host", "cilium_vxlan"):
            return
        to = self._names.of_mac(packet.integer("eth.dst"))
        pair = (sender.interface, to.interface if to is not None and to.node == sender.node else None)
        if pair in (("cilium_host", "cilium_net"), ("cilium_vxlan", "cilium_host")):
            self._tell(f"a frame goes from {pair[0]} to {pair[1]}", cilium.FIRST, (1, 18))
        elif pair == ("cilium_host", "cilium_host"):
            self._tell("a frame goes from cilium_host to cilium_host", (1, 19), cilium.LAST)

    def _tell(self, why: str, first: tuple[int, int], last: tuple[int, int]) -> None:
        self._releases[why] = (first, last)
