"""Was an answer to a question for a MAC due, and would it have passed this capture point?

Law: an answer goes to the asker alone (RFC 4861 section 7.2.4, RFC 826), so its absence counts only where the asker's
own frames come and go, or those of the address's owner. What is then missing is a fault only if nothing explains it.
Shared by the rules that read neighbour solicitations and ARP requests.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from vxlan_dissect.addresses import is_multicast_mac
from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.explain.names import device, label
from vxlan_dissect.explain.pair import OPEN, UNANSWERED
from vxlan_dissect.explain.statements import (
    BY_DESIGN,
    LIKELY,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    UNKNOWN,
    Cause,
    FactEvidence,
    Statement,
)
from vxlan_dissect.inventory.model import CacheEntry, FdbEntry, Host
from vxlan_dissect.rules.heard import rows
from vxlan_dissect.rules.hosts import routes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Interface, Owner, Route
    from vxlan_dissect.packets import Packets, Value

_senders: WeakKeyDictionary[Packets, Counter[Value]] = WeakKeyDictionary()  # how many send to a MAC


class Question(NamedTuple):
    """A question for the MAC of `target`. `home` is where the address lives, `asker` whose interface asks, if known."""

    context: Context
    target: IP
    mac: int | None
    home: Owner | None
    asker: Owner | None

    @property
    def about(self) -> str:
        """The address, with its owner's name where it has one."""
        name = label(self.home)
        return f"{self.target} ({name})" if name else str(self.target)

    @property
    def device(self) -> Interface | None:
        """The interface that asks."""
        return self.context.names.interface_of(self.asker)

    @property
    def gateway(self) -> Route | None:
        """A default route by way of the address: the asker's, else a pod's where the address is a gateway of pods."""
        own = (route for route in self.routes if route.prefix is None and route.via == self.target)
        if self.home is None or self.home.what != "router":
            return next(own, None)
        pods = (route for ip, route, _ in self.context.inventory.gateways(self.target.version) if ip == self.target)
        return next(own, None) or next(pods, None)

    @property
    def routes(self) -> list[Route]:
        """The asker's routes, as far as they are known."""
        host = self.asker.host if self.asker else None
        return [] if host is None else routes_of(self.context.inventory, host, self.target.version)


class Silence(NamedTuple):
    """Why no answer came: what a statement says of it."""

    verdict: str
    confidence: str
    why: str
    causes: tuple[Cause, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def question_of(context: Context, target: IP | None) -> Question | None:
    """The question for `target`, None where there is no target."""
    if target is None:
        return None
    mac = context.src.mac
    for name in ("arp.src.hw_mac", "icmpv6.opt.src_linkaddr"):
        mac = context.number(name) if mac is None else mac
    asker = context.src.mac_owner or context.src.ip_owner
    node = context.src.owner.node if context.src.owner else None
    return Question(context, target, mac, context.names.of_ip(target, (node, None)), asker)


def is_probe(context: Context) -> bool:
    """Whether the asker has no address yet: it asks whether one is free (RFC 4862 section 5.4, RFC 5227)."""
    return context.src.ip is not None and context.src.ip.is_unspecified


def unanswered(
    name: str, question: Question | None, fields: Sequence[str], design: Callable[[Question], Silence | None]
) -> Statement | None:
    """The statement of the rule `name` on a question without an answer; `design` says where none is to come."""
    if question is None or question.context.exchange not in (OPEN, UNANSWERED) or is_probe(question.context):
        return None
    silence = design(question) or _silence(question)
    text = f"No answer for {question.about} in this capture. {silence.why}"
    evidence = (*question.context.fields(*fields), *said_by(question.home), *silence.evidence)
    return Statement(name, text, silence.verdict, silence.confidence, evidence, causes=silence.causes)


def _silence(question: Question) -> Silence:
    context = question.context
    if context.exchange == OPEN:
        return Silence(NORMAL, POSSIBLE, "The capture ends less than a second after the question: it may come later.")
    seen = passes_here(question)
    if seen is None and _is_served_here(question):
        seen = True
    if seen is False:
        where = f"{called(context.src)} is not at this interface"
        return Silence(NORMAL, LIKELY, f"It would go to the asker alone, and {where}: it need not pass here.")
    if seen is None:
        why = "Whether one would pass here can not be told: nothing shows where the asker is."
        return Silence(NORMAL, POSSIBLE, why)
    if not _is_needed(question):
        return Silence(NORMAL, LIKELY, f"{called(context.src)} has no route that needs it: it sends to its gateway.")
    if _is_check(context):
        why = "The neighbour that was there does not confirm it; the asker will ask all next."
        return Silence(UNKNOWN, LIKELY, why)
    return _missing(question)


def _is_check(context: Context) -> bool:
    """Whether the question goes to the one neighbour whose MAC is known (RFC 4861 section 7.3.3)."""
    if context.get("arp.opcode") is not None:
        return context.dst.mac is not None and not is_multicast_mac(context.dst.mac)
    return context.dst.ip is not None and not context.dst.ip.is_multicast


def passes_here(question: Question) -> bool | None:
    """Whether the answer to a question would pass the capture point; None where that can not be told."""
    context, point = question.context, question.context.point
    if point is None or (point.node is None and point.pod is None):
        return None
    home = question.home.node if question.home is not None else None
    if context.outer is not None:
        sender = context.outer.src.owner
        return point.node in (sender.node if sender else None, home)
    here = context.inventory.interface(Host(point.node, point.pod), point.interface or "")
    if here is None:
        return None
    if question.mac is not None and here.mac == question.mac:
        return True
    asker = question.asker.pod if question.asker else None
    if here.host.pod is not None:
        host_end = context.inventory.peer(here)
        return here.host.pod in (asker, _pod(question)) or (host_end is not None and host_end.master is None)
    return _passes_host_interface(question, here)


def _is_served_here(question: Question) -> bool:
    """Whether several stations send to the asker here, as at its own port; at another station's port only that one."""
    packets = question.context.packet.packets
    counts = _senders.get(packets)
    if counts is None:
        counts = _senders[packets] = Counter(receiver for _, receiver in rows(packets, ("eth.src", "eth.dst")))
    return question.mac is not None and counts[question.mac] > 1


def _passes_host_interface(question: Question, here: Interface) -> bool | None:
    inventory, node = question.context.inventory, here.host.node
    asker = question.asker
    pod = inventory.pod_of_lxc(here)
    holder = question.context.names.of_mac(here.mac, (node, None))
    if pod is not None or (holder is not None and holder.what == "lxc"):
        if here.master is None:
            return True  # one veth, two stations
        return None if pod is None else pod.host.pod in (asker.pod if asker else None, _pod(question))
    home = question.home.node if question.home is not None else None
    if here.kind == "vxlan" and question.context.profile.flat:
        # A port of the bridge: answers pass it from the other node to this one, and from this one to the other.
        return None if asker is None or home is None else (asker.node == node) != (home == node)
    asking = question.device
    port = inventory.peer(asking) if asking is not None else None
    if port is not None and port.host == here.host and port.master == here.name:
        return True
    if home is None or home != node:
        return False
    # With nothing of its own here, only one direction was captured, which says nothing of its answers.
    return True if (here.mac,) in rows(question.context.packet.packets, ("eth.src",)) else None


def _pod(question: Question) -> str | None:
    return question.home.pod if question.home is not None else None


def _is_needed(question: Question) -> bool:
    """Whether the asker's routes send anything to the address itself; true where no route of it is known."""
    return not question.routes or any(
        route.via == question.target
        or (route.via is None and (route.prefix is None or question.target in route.prefix))
        for route in question.routes
    )


def _missing(question: Question) -> Silence:
    """An answer that was due and would have been seen."""
    context, asking = question.context, question.device
    who = called(context.src)
    if not context.inventory.interfaces:
        # Nothing says what kind of network this is, so the silence may be meant.
        cause = Cause("neighbour-unresolved", f"others reach {who} here, but no answer for {question.target} does")
        why = "What several others send to the asker passes here, so an answer would. Whether one is due nothing tells."
        return Silence(UNKNOWN, LIKELY, why, (cause,))
    if context.outer is not None:
        return _missing_in_tunnel(question)
    if asking is not None and asking.host.pod is None:
        # Where the kernel routes into the tunnel it needs the far end's MAC; Cilium's programs need none.
        if not context.profile.sender_macs and asking.name.startswith(context.profile.tunnels or "\0"):
            why = f"{question.target} is a next hop behind {asking.name}: the network's daemon writes such entries "
            why += "into the neighbour table, and through the tunnel nobody answers."
            cause = Cause("neighbour-unresolved", f"{who} has no neighbour entry for {question.target}")
            return Silence(SUSPICIOUS, LIKELY, why, (cause,))
        is_node = question.asker is not None and question.asker.what == "node"
        if is_node or asking.name == context.names.wiring.card(asking.host.node):
            return _missing_between_nodes(question)
    if question.gateway is not None and context.src.pod_name is not None:
        cause = Cause("neighbour-unresolved", f"nobody answers {who} for its gateway")
        why = "It is the gateway of the pods: without its MAC the pod can send nothing."
        return Silence(SUSPICIOUS, LIKELY, why, (cause,), (said(question.gateway),))
    return _missing_among_pods(question)


def _missing_in_tunnel(question: Question) -> Silence:
    context = question.context
    point, outer = context.point, context.outer
    to = called(outer.dst) if outer is not None else "the other node"
    if point is not None and outer is not None and outer.src.owner and point.node == outer.src.owner.node:
        causes = (
            Cause("underlay-loss", f"the question left for {to} and nothing came back"),
            Cause("tunnel-mismatch", f"{to} may refuse the tunnel packet: VNI, port or flags"),
        )
        return Silence(SUSPICIOUS, POSSIBLE, f"The question left in the tunnel to {to}.", causes)
    cause = Cause("tunnel-mismatch", "the tunnel packet came and was not taken: VNI, port or flags refused")
    return Silence(SUSPICIOUS, LIKELY, "The question reached the node of that address in the tunnel.", (cause,))


def _missing_between_nodes(question: Question) -> Silence:
    context, target, home = question.context, question.target, question.home
    who = called(context.src)
    silent = Cause("neighbour-unresolved", f"nothing on the link of {who} answers for {target}")
    asker = question.asker.node if question.asker is not None else None
    if context.point is not None and context.point.node not in (asker, home.node if home is not None else None):
        why = f"Nothing that passes here has it; what {who} wants of it only {asker or who} can show."
        return Silence(UNKNOWN, LIKELY, why, (silent,))
    if question.gateway is not None:
        return Silence(SUSPICIOUS, LIKELY, f"It is the gateway of {who}.", (silent,), (said(question.gateway),))
    if home is not None and home.node is not None:
        return _missing_from_node(question, home, silent)
    hop = next((route for route in question.routes if route.via == target), None)
    if hop is not None:
        return Silence(SUSPICIOUS, LIKELY, f"A route of {who} leads through it.", (silent,), (said(hop),))
    entry = _tunnel_end(question)
    if entry is not None:
        wrong = Cause("wrong-tunnel-endpoint", f"a tunnel entry points to {target}, which no host has")
        why = "The node has a tunnel entry for it, and no host of the inventory has the address."
        return Silence(SUSPICIOUS, LIKELY, why, (wrong, silent), (entry,))
    if context.lessons.overlay and context.inventory.nodes + context.inventory.interfaces:
        wrong = Cause("wrong-tunnel-endpoint", f"no host has {target}, and nodes ask each other for where tunnels end")
        why = f"No host of the inventory has it; a tunnel entry of {who} may name a node that is gone."
        return Silence(SUSPICIOUS, LIKELY, why, (wrong, silent), (_nobody(target),))
    return Silence(SUSPICIOUS, LIKELY, "Nothing on this link has it.", (silent,))


def _missing_from_node(question: Question, home: Owner, silent: Cause) -> Silence:
    context, name = question.context, label(home) or str(question.target)
    if context.point is not None and context.point.node == home.node:
        vlan = context.number("vlan.id")
        tag = "" if vlan is None else f" The frame has VLAN {vlan}; does the card take it?"
        refused = Cause("other", f"{home.node} does not take the frame: a VLAN or filter at its card")
        return Silence(SUSPICIOUS, LIKELY, f"The question came to {name}, which is silent.{tag}", (silent, refused))
    lost = Cause("underlay-loss", f"question or answer is lost between {called(context.src)} and {name}")
    return Silence(SUSPICIOUS, LIKELY, f"{name} is off, or cut off from this link.", (silent, lost))


def _missing_among_pods(question: Question) -> Silence:
    context, target, home = question.context, question.target, question.home
    silent = Cause("neighbour-unresolved", f"nothing on this link answers for {target}")
    if home is None and context.inventory.interfaces:
        nobody = Cause("unknown-endpoint", f"no pod of the inventory has {target}")
        by_node = question.asker is not None and question.asker.pod is None
        # A node asks on behalf of a packet for an endpoint, a pod for a neighbour on its own link.
        causes = (nobody, silent) if by_node else (silent, nobody)
        why = "No interface of the inventory has it, and nothing on this link answers."
        return Silence(SUSPICIOUS, LIKELY, why, causes, (_nobody(target),))
    asker = question.asker.node if question.asker is not None else None
    if context.profile.flat and home is not None and None not in (home.node, asker) and home.node != asker:
        return _missing_beyond_tunnel(question, home, silent)
    if home is not None and label(home) is not None:
        why = f"By the inventory it is {device(home)}, which does not answer."
        return Silence(SUSPICIOUS, LIKELY, why, (silent,))
    return Silence(SUSPICIOUS, LIKELY, "Nothing on this link answers for it.", (silent,))


def _missing_beyond_tunnel(question: Question, home: Owner, silent: Cause) -> Silence:
    """A bridged network: the question has to get to the owner's node through the tunnel."""
    context, point = question.context, question.context.point
    target = ("arp.dst.proto_ipv4", "icmpv6.nd.ns.target_address")
    inside = rows(context.packet.packets, ("frame.tunnels", *target))
    asked = tuple(context.get(name) for name in target)
    here = context.inventory.interface(Host(point.node, point.pod), point.interface or "") if point else None
    shows_card = context.get("sll.ifindex") is not None  # a capture of all interfaces
    if here is None or here.kind != "vxlan" or not shows_card or any((depth, *asked) in inside for depth in (1, 2)):
        why = f"It is on {home.node}: the question has to get there through the tunnel, and where it is lost is open."
        return Silence(UNKNOWN, LIKELY, why, (silent,))
    causes = (Cause("tunnel-entry-missing", f"{here.name} has no entry that says where to send it"), silent)
    why = f"It is on {home.node}. The question came to {here.name} and left the node in no tunnel packet."
    return Silence(SUSPICIOUS, LIKELY, why, causes)


def _tunnel_end(question: Question) -> Evidence | None:
    """The line of the inventory that names the address as the far end of a tunnel."""
    inventory, target = question.context.inventory, question.target
    for entry in inventory.of(CacheEntry):
        if entry.tunnel_endpoint == target:
            return said(entry)
    for fdb in inventory.of(FdbEntry):
        if fdb.remote == target:
            return said(fdb)
    return None


def _nobody(target: IP) -> FactEvidence:
    return FactEvidence("inventory", None, f"no interface has {target}")


def by_design(why: str) -> Silence:
    """A silence that a network means."""
    return Silence(BY_DESIGN, LIKELY, why)
