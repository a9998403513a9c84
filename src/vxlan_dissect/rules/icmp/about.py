"""What is the packet that an ICMP error is about, in words?

Law: it is as the error quotes it, no more; whose its addresses are is told as for any packet. Shared by the rules that
read ICMP errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.explain.context import least, said_by
from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.places import At, Place

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Owner

FIELDS = (
    "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code", "quoted.ip.src", "quoted.ip.dst", "quoted.ipv6.src",
    "quoted.ipv6.dst", "quoted.udp.srcport", "quoted.udp.dstport", "quoted.tcp.srcport", "quoted.tcp.dstport",
)  # fmt: skip
_IPIP, _IPV6_IN_IP = 4, 41  # protocol numbers
_IP_IN_IP = "IP in IP packet"
_HOSTS = ("node", "router", "tunnel", "host", "lxc", "loopback")  # roles of addresses that nodes have


class About(NamedTuple):
    """The quoted packet. `tunnel` names the kind of tunnel packet that it is, None for a packet of a pod or program."""

    src: IP
    dst: IP
    src_owner: Owner | None
    dst_owner: Owner | None
    what: str
    tunnel: str | None
    port: str | None
    evidence: tuple[Evidence, ...]

    @property
    def sender(self) -> str:
        """What its sender is called."""
        return label(self.src_owner) or str(self.src)

    @property
    def receiver(self) -> str:
        """What its receiver is called."""
        return label(self.dst_owner) or str(self.dst)

    @property
    def words(self) -> str:
        """Whose packet it is, of what kind, and where it went, for a sentence."""
        where = f", {self.port}" if self.port is not None else ""
        return f"{self.sender}'s {self.what} to {self.receiver}{where}"

    @property
    def relays_errors(self) -> bool:
        """Whether the tunnel tells the sender inside what an error said of the packet around it."""
        return self.tunnel == _IP_IN_IP

    @property
    def to_link_local(self) -> bool:
        """Whether its receiver has an address that no router forwards to (RFC 3927, RFC 4291 section 2.5.6)."""
        return self.dst.is_link_local

    def sure(self, *owners: Owner | None) -> str:
        """How sure the names are, with those of other owners in the sentence."""
        return least(*(one.confidence for one in (self.src_owner, self.dst_owner, *owners) if one is not None))


def about(context: Context) -> About | None:
    """The packet that the frame quotes, None where it quotes none."""
    src = context.ip("quoted.ipv6.src") or context.ip("quoted.ip.src")
    dst = context.ip("quoted.ipv6.dst") or context.ip("quoted.ip.dst")
    if src is None or dst is None:
        return None
    near = (context.point.node if context.point else None, None)
    owners = context.names.of_end(src, near), context.names.of_end(dst, near)
    evidence = (*context.fields(*FIELDS), *said_by(owners[0]), *said_by(owners[1]))
    tunnel = _tunnel(context)
    what, port = _what(context)
    return About(src, dst, *owners, tunnel or what, tunnel, f"UDP {port}" if tunnel and port else port, evidence)


def where(context: Context) -> Place | None:
    """Where the packet ended: at the node that reports it, None where that is not known."""
    owner = context.src.owner
    if owner is None or owner.node is None:
        return None
    # A node's address is its own at whatever interface: what comes from other nodes comes in by the network card.
    card = context.names.wiring.card(owner.node) if owner.what == "node" else None
    return Place(At(owner.node, card or owner.interface, owner.pod))


def rejects_in_place(context: Context, quoted: About) -> bool:
    """Whether port unreachable comes from a node although the packet went to somebody else who is not known.

    Behind a service the error bears the address of the service, and quotes the backend's.
    """
    port = (context.get("icmp.type"), context.get("icmp.code")) == (3, 3)
    port |= (context.get("icmpv6.type"), context.get("icmpv6.code")) == (1, 4)
    if not port or quoted.tunnel is not None:
        return False
    sender, receiver = context.src.owner, quoted.dst_owner
    if receiver is not None and receiver.what == "service":
        return True
    unknown = receiver is None or receiver.what == "named"
    return unknown and sender is not None and sender.what in _HOSTS and context.src.ip != quoted.dst


def _tunnel(context: Context) -> str | None:
    for column, name in (("quoted.vxlan.vni", "VXLAN"), ("quoted.geneve.vni", "Geneve")):
        if context.get(column) is not None:
            return f"{name} packet"
    protocol = context.number("quoted.ip.proto")
    return _IP_IN_IP if protocol in (_IPIP, _IPV6_IN_IP) else None


def _what(context: Context) -> tuple[str, str | None]:
    """What kind of packet it is, and the port that it went to."""
    for transport, name in (("tcp", "TCP segment"), ("udp", "UDP datagram")):
        port = context.number(f"quoted.{transport}.dstport")
        if port is not None:
            return name, f"port {port}"
    if context.number("quoted.icmp.type") == 8 or context.number("quoted.icmpv6.type") == 128:
        return "ping", None
    return "packet", None
