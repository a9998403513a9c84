"""What do the packets themselves give away about who is who?

Law: nothing is learned that the inventory says already, everything learned names the frames' property that it follows
from, and it is at most `likely`. Where two frames teach different things, neither is believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, is_multicast_mac, link_local_of
from vxlan_dissect.datapath.cilium import OF_NO_POD
from vxlan_dissect.datapath.recognise import TunnelHeader, named, recognise, refined
from vxlan_dissect.explain.tunnels import vni_of
from vxlan_dissect.group import Seen
from vxlan_dissect.inventory.model import Host, Owner
from vxlan_dissect.packets import Value

if TYPE_CHECKING:
    from vxlan_dissect.datapath.base import Profile, Recognised
    from vxlan_dissect.explain.names import Names
    from vxlan_dissect.explain.signs import Signs
    from vxlan_dissect.inventory.inventory import Inventory
    from vxlan_dissect.packets import Packet, Packets

_TUNNEL_COLUMNS = (
    "frame.tunnels", "outer.ip.src", "outer.ip.dst", "outer.ipv6.src", "outer.ipv6.dst", "outer.vxlan.vni",
    "outer.geneve.vni", "outer.udp.dstport", "eth.src", "eth.dst", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst",
)  # fmt: skip
_ND_COLUMNS = (
    "frame.tunnels", "icmpv6.type", "eth.src", "eth.dst", "ipv6.src", "ipv6.dst", "icmpv6.nd.na.target_address",
    "icmpv6.nd.na.flag.r", "icmpv6.opt.target_linkaddr", "arp.opcode", "arp.src.hw_mac", "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4", "frame.interface_id", "sll.ifindex",
)  # fmt: skip
Asked = tuple[Value, Value, Value, IP]
MAX_ANSWERS = 8  # MACs remembered of one question; two are enough to call it disputed
MAX_TAUGHT = 65536  # distinct addresses taken from one capture: a flood of forged ones must not exhaust memory


class _Vote(NamedTuple):
    """One reason to take a tunnel endpoint for `node`: as `src` or `dst` of its packets from or to `who`."""

    side: str
    node: str
    who: str


class Lessons:
    """What one capture taught, batch by batch. `names` is filled; `network` is the recognised or given one."""

    def __init__(self, names: Names, datapath: str | None = None) -> None:
        self.names = names
        self._tunnels, self._links = Seen(), Seen()
        self._headers: dict[TunnelHeader, None] = {}
        self._votes: dict[IP, dict[_Vote, None]] = {}
        self._told: dict[IP, int] = {}  # what ARP and neighbour advertisements inside a tunnel said
        self._given = datapath is not None
        self.network: Recognised = recognise(names.inventory, ()) if datapath is None else named(datapath)
        self._plain = self.network  # before the packets gave more away
        # whether pods of different nodes reach each other through a tunnel
        self.overlay = _has_tunnel(names.inventory, self.network.profile)
        # who asked, where, and for what -> MACs that answered; a target that two MACs answer for is disputed
        self.answers: dict[Asked, set[int]] = {}
        # host-end MACs from which a pod received something other than neighbour answers
        self.delivered: set[int] = set()

    @property
    def profile(self) -> Profile:
        """The profile of the network."""
        return self.network.profile

    def refine(self, signs: Signs) -> None:
        """Take in what the packets give away of the setup of a Cilium."""
        if not self._given:
            self.network = refined(self._plain, signs.setup)

    def learn(self, packets: Packets) -> None:
        """Take in the next batch of the capture."""
        fresh = self._tunnels.fresh(packets, _TUNNEL_COLUMNS)
        tunnelled = [packet for packet in map(packets.__getitem__, fresh) if packet.get("frame.tunnels")]
        self.overlay = self.overlay or bool(tunnelled)
        if self.network.confidence != "certain" and len(self._headers) < MAX_TAUGHT:
            told = dict(filter(None, map(_told, tunnelled)))
            if not told.items() <= self._told.items():
                self._told |= told
                self._tunnels.forget()  # whose a MAC is tells more of the frames of batches to come
            self._headers |= dict.fromkeys(filter(None, map(self._header, tunnelled)))
            self.network = self._plain = recognise(self.names.inventory, self._headers)
        for packet in tunnelled:
            self._learn_nodes(packet)
            if self.profile.sender_macs:
                self._learn_inner_macs(packet)
        for row in self._links.fresh(packets, _ND_COLUMNS):
            self._learn_answer(packets[row])

    def _header(self, packet: Packet) -> TunnelHeader | None:
        vni, port = packet.integer("outer.vxlan.vni"), packet.integer("outer.udp.dstport")
        if vni is None or port is None:
            return None
        checksum = packet.get("outer.udp.checksum") if packet.get("outer.ip.src") is not None else None
        source, destination, ip = packet.integer("eth.src"), packet.integer("eth.dst"), _ip(packet, "dst")
        mac_owner, ip_owner = self.names.of_mac(destination), self.names.of_ip(ip)
        same_pod = mac_owner is not None and ip_owner is not None and mac_owner.pod == ip_owner.pod is not None
        told = ip is not None and destination is not None and self._told.get(ip) == destination
        to_destination = same_pod or told
        zero = None if checksum is None else checksum == 0
        resolves = packet.get("arp.opcode") is not None
        return TunnelHeader(port, vni, zero, source, to_destination, resolves, destination)

    def _learn_nodes(self, packet: Packet) -> None:
        """A tunnel endpoint is the node of the pod behind it."""
        for side in ("src", "dst"):
            endpoint, behind = _ip(packet, side, "outer."), self.names.of_ip(_ip(packet, side))
            if (
                endpoint is None
                or behind is None
                or behind.node is None
                or behind.what not in ("pod", "router", "tunnel")
            ):
                continue
            # Who sends knows where it stands; where a packet is sent to may be a mistake.
            votes = self._votes.setdefault(endpoint, {}) if len(self._votes) < MAX_TAUGHT else {}
            votes[_Vote(side, behind.node, behind.pod or "a gateway address")] = None
            self._settle_node(endpoint, votes)

    def _settle_node(self, endpoint: IP, votes: dict[_Vote, None]) -> None:
        told = [vote for vote in votes if vote.side == "src"] or list(votes)
        self.names.ips.pop(endpoint, None)
        if len({vote.node for vote in told}) == 1:
            side, node, who = told[0]
            end, which = ("source", "from") if side == "src" else ("destination", "to")
            why = f"{endpoint} is the tunnel {end} of packets {which} {who} on {node}"
            self.names.ips[endpoint] = Owner(Host(node), None, "node", None, confidence="likely", inferred=why)

    def _learn_inner_macs(self, packet: Packet) -> None:
        """Encapsulation leaves the MACs alone, so they are the sending pod's and the host end of its veth's."""
        sender = self.names.of_ip(_ip(packet, "src"))
        source, destination = packet.integer("eth.src"), packet.integer("eth.dst")
        if (sender is not None and sender.what != "pod") or source is None or destination is None:
            return
        if vni_of(packet) in OF_NO_POD or is_multicast_mac(destination):
            return  # the node itself sends: its MACs are cilium_host's
        pod, node = (sender.pod, sender.node) if sender else (None, None)
        address = _ip(packet, "src")
        whose = pod or (f"the pod {address}" if address is not None else "the pod behind this tunnel end")
        how = "the inner frame in the tunnel keeps the MACs it had at the sender"
        sent = f"source MAC of what {whose} sends (EUI-64: {link_local_of(source)}); {how}"
        received = f"destination MAC of what {whose} sends (EUI-64: {link_local_of(destination)}): "
        received += f"the host end of its veth; {how}"
        interface = sender.interface if sender else None
        self._teach(source, Owner(Host(node, pod), interface, "pod", None, confidence="likely", inferred=sent))
        self._teach(
            destination, Owner(Host(node), None, "lxc", None, confidence="likely", serves=pod, inferred=received)
        )

    def _learn_answer(self, packet: Packet) -> None:
        target, mac = packet.ip("icmpv6.nd.na.target_address"), packet.integer("icmpv6.opt.target_linkaddr")
        answerer = packet.integer("eth.src")
        router = packet.get("icmpv6.nd.na.flag.r")
        if packet.get("arp.opcode") == 2:
            target, mac, router = packet.ip("arp.src.proto_ipv4"), packet.integer("arp.src.hw_mac"), False
        elif target is None:
            if answerer is not None and packet.get("arp.opcode") is None and len(self.delivered) < MAX_TAUGHT:
                self.delivered.add(answerer)
            return
        if target is None or mac is None or len(self.answers) >= MAX_TAUGHT:
            return
        answered = self.answers.setdefault(asked_of(packet, target), set())
        if len(answered) < MAX_ANSWERS:
            answered.add(mac)
        if router and not self.names.inventory.owners_of_mac(mac):
            why = f"it advertises itself as the router {target}"
            self._teach(mac, Owner(None, None, "router", None, confidence="likely", inferred=why))

    def _teach(self, mac: int, owner: Owner) -> None:
        known = self.names.macs.get(mac)
        if known is None and len(self.names.macs) < MAX_TAUGHT:
            self.names.macs[mac] = owner
        elif known is not None and known.what == owner.what and _pod(owner) not in (_pod(known), None):
            # The same MAC for several pods: the role stands, the name does not.
            self.names.macs[mac] = known._replace(host=None, serves=None, inferred=f"{known.what} of several pods")


def _pod(owner: Owner) -> str | None:
    return owner.pod or owner.serves


def _has_tunnel(inventory: Inventory, profile: Profile) -> bool:
    """Whether a node has the network's tunnel device, or a pod's default route leaves room for a tunnel header.

    Cilium leaves devices at full MTU and lowers that of the route: by 50 for VXLAN over IPv4, 70 over IPv6
    (pkg/mtu/mtu.go).
    """
    if profile.flat or any(interface.name.startswith(profile.tunnels or "\0") for interface in inventory.interfaces):
        return True
    for route in inventory.routes if profile.sender_macs else ():
        if route.prefix is None and route.host.pod is not None and route.mtu is not None and route.device is not None:
            interface = inventory.interface(route.host, route.device)
            if interface is not None and interface.mtu is not None and interface.mtu - route.mtu in (50, 70):
                return True
    return False


def asked_of(packet: Packet, target: IP) -> Asked:
    """The question that an answer belongs to; on a cooked capture of all interfaces each interface counts alone."""
    asker = packet.get("ipv6.dst") or packet.get("arp.dst.proto_ipv4")
    return packet.get("frame.interface_id"), packet.get("sll.ifindex"), asker, target


def _told(packet: Packet) -> tuple[IP, int] | None:
    for address, mac in (
        ("arp.src.proto_ipv4", "arp.src.hw_mac"),
        ("icmpv6.nd.na.target_address", "icmpv6.opt.target_linkaddr"),
    ):
        ip, holder = packet.ip(address), packet.integer(mac)
        if ip is not None and holder is not None:
            return ip, holder
    return None


def _ip(packet: Packet, side: str, level: str = "") -> IP | None:
    return packet.ip(f"{level}ip.{side}") or packet.ip(f"{level}ipv6.{side}")
