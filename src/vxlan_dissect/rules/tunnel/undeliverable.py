"""An ICMP error says that a tunnel packet could not be delivered.

Shows
    Who refuses which tunnel packet, why, and what that means for the packets inside.

Why it matters
    It is the one clear sign that the tunnel, not the pods, is at fault. The pods never see it: the error goes to the
    node that encapsulated, whose tunnel device ignores most of them.

How we know
    ICMP and ICMPv6 errors quote the packet that they are about (RFC 792, RFC 4443 section 2.4). Port unreachable: no
    tunnel device of the node has this port. Host or address unreachable: nobody answered for the outer destination.
    Prohibited: a firewall's rule says no. Fragmentation needed, Packet Too Big: the outer packet does not fit.

What to check next
    Port: `ip -d link show type vxlan` and `ss -lun` on the node that refuses. Host: is the node up, is its address
    still this one? Firewall: `nft list ruleset` or `iptables-save` there. Size: MTU of the nodes' network cards and of
    the pods' routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import called, said_by
from vxlan_dissect.explain.statements import BROKEN, CERTAIN, LIKELY, NORMAL, SUSPICIOUS, Cause, Statement
from vxlan_dissect.rules.cards import at_card, between_cards
from vxlan_dissect.rules.heard import rows
from vxlan_dissect.rules.tunnel.nodes import node_with

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.places import Place

NAME = "tunnel.undeliverable"
_PORTS = {8472: "VXLAN", 4789: "VXLAN", 4790: "VXLAN-GPE", 6081: "Geneve"}
_IN_IP = {4: "IP in IP", 41: "IPv6 in IP", 47: "GRE"}
# (family, type, code) -> what is said
_WHY = {
    ("icmp", 3, 3): "port", ("icmpv6", 1, 4): "port", ("icmp", 3, 0): "host", ("icmp", 3, 1): "host",
    ("icmpv6", 1, 0): "host", ("icmpv6", 1, 3): "host", ("icmp", 3, 4): "size", ("icmpv6", 2, 0): "size",
    ("icmp", 3, 9): "filter", ("icmp", 3, 10): "filter", ("icmp", 3, 13): "filter", ("icmpv6", 1, 1): "filter",
}  # fmt: skip


def check(context: Context) -> Statement | None:
    """Speak on an error outside every tunnel that quotes a tunnel packet between nodes."""
    if context.outer is not None:
        return None
    family = "icmp" if context.get("icmp.type") is not None else "icmpv6"
    why = _WHY.get((family, context.number(f"{family}.type") or 0, context.number(f"{family}.code") or 0))
    src, dst = _ip(context, "src"), _ip(context, "dst")
    tunnel = _tunnel(context, src, dst)
    if why is None or tunnel is None or src is None or dst is None:
        return None
    sender, receiver = _named(context, src), _named(context, dst)
    who, verdict = called(context.src), BROKEN
    if why == "port":
        port = context.number("quoted.udp.dstport")
        text = f"{receiver} refuses the {tunnel} packets of {sender}: nothing listens on UDP port {port} there. "
        text += "What is inside is lost."
        cause = Cause("tunnel-mismatch", f"{receiver} has no tunnel device on UDP port {port}, which {sender} sends to")
        causes: tuple[Cause, ...] = (cause,)
    elif why == "filter":
        text = f"A firewall at {who} refuses the {tunnel} packets of {sender} to {receiver}. What is inside is lost."
        causes = (Cause("underlay-loss", f"a firewall between the nodes, or at {receiver}, refuses {tunnel}"),)
    elif why == "host":
        text = f"{who} says that {receiver}, where {sender} sends {tunnel} packets, cannot be reached. "
        text += "What is inside is lost."
        causes = _unreachable(context, sender, receiver, dst)
    else:
        mtu = context.number(f"{family}.mtu")
        text = f"{who} says that {tunnel} packets of {sender} to {receiver} are larger than the {mtu} bytes that fit. "
        text += "The pod inside does not learn of it unless the node passes it on."
        causes = (Cause("mtu", f"with the tunnel header the packet is larger than {mtu} bytes"),)
        verdict = SUSPICIOUS
        # IP in IP copies DF: by such an error its nodes find out the MTU and keep it (RFC 2003 section 5.1).
        if context.get("quoted.ip.flags.df") and context.src.ip == context.dst.ip:
            verdict, causes = NORMAL, ()
            text += " It knows so already: this is how IP in IP finds out the MTU."
    evidence = (
        *context.fields(f"{family}.type", f"{family}.code", f"{family}.mtu", "quoted.ip.src", "quoted.ip.dst"),
        *context.fields("quoted.ipv6.src", "quoted.ipv6.dst", "quoted.udp.dstport", "quoted.vxlan.vni"),
        *said_by(context.names.of_ip(src)),
        *said_by(context.names.of_ip(dst)),
    )
    sure = CERTAIN if context.get("quoted.vxlan.vni") is not None or why == "host" else LIKELY
    place = _place(context, why, src, dst) if causes else None
    return Statement(NAME, text, verdict, sure, evidence, causes=causes, place=place)


def _place(context: Context, why: str, src: IP, dst: IP) -> Place | None:
    """The card of who refuses, or of the sender where nobody was reached; else the way between the two."""
    sender, receiver = context.names.of_ip(src), context.names.of_ip(dst)
    if why == "host" or (why == "size" and context.src.ip in (src, context.dst.ip)):
        return at_card(context, sender)
    if why == "port" or context.src.ip == dst:
        return at_card(context, receiver)
    return between_cards(context, sender, receiver)


def _unreachable(context: Context, sender: str, receiver: str, dst: IP) -> tuple[Cause, ...]:
    gone = Cause("neighbour-unresolved", f"nobody answers for {dst}: the node is down or its address is another one")
    if node_with(context.inventory, dst) is not None:
        return gone, Cause("underlay-loss", f"the network between the nodes has no way to {receiver}")
    old = Cause("wrong-tunnel-endpoint", f"{sender} has {dst} as tunnel endpoint, where no node is (any more)")
    return old, gone


def _tunnel(context: Context, src: IP | None, dst: IP | None) -> str | None:
    """The kind of the quoted tunnel packet, None where it is none."""
    protocol = context.number("quoted.ip.proto") or context.number("quoted.ipv6.nxt") or 0
    owners = [context.names.of_ip(ip) for ip in (src, dst)]
    if any(owner is not None and owner.what == "pod" for owner in owners):
        return None
    if protocol in _IN_IP:
        return _IN_IP[protocol]
    port = context.number("quoted.udp.dstport")
    if port is None:
        return None
    if context.get("quoted.vxlan.vni") is not None or context.get("quoted.geneve.vni") is not None or port in _PORTS:
        return _PORTS.get(port, "Geneve" if context.get("quoted.geneve.vni") is not None else "VXLAN")
    ports = {(context.get("quoted.udp.dstport"),)} & rows(context.packet.packets, ("outer.udp.dstport",))
    of_device = any(interface.port == port for interface in context.inventory.interfaces)
    return "VXLAN" if ports or of_device else None


def _ip(context: Context, side: str) -> IP | None:
    return context.ip(f"quoted.ip.{side}") or context.ip(f"quoted.ipv6.{side}")


def _named(context: Context, ip: IP) -> str:
    node = node_with(context.inventory, ip)
    return f"{node} ({ip})" if node else str(ip)
