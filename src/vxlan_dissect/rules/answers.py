"""Does the one who answers for an address have it?

Law: an interface has an address if the inventory lists it there, and has it not if the inventory lists the interface's
addresses and this is none of them. Where the inventory is silent, only what the answer itself shows counts, and then
nothing is certain. Shared by the rules that read neighbour advertisements and ARP replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac, mac_of_link_local
from vxlan_dissect.explain.context import least, said, said_by
from vxlan_dissect.explain.learn import asked_of
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.statements import (
    CERTAIN,
    LIKELY,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    FactEvidence,
    Statement,
)
from vxlan_dissect.inventory.model import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vxlan_dissect.addresses import IP
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.statements import Evidence
    from vxlan_dissect.inventory.model import Interface, Owner, Route

    # verdict, confidence, the sentence that says why, and what proves it
    Why = tuple[str, str, str, list[Evidence]]
    Reason = Callable[[Context, "Answer"], Why]


class Answer(NamedTuple):
    """An answer judged. `holder` is who has the answering MAC, `home` where the address lives, either None if unknown.

    `proxy`: the answerer does not have the address. `evidence` proves that. `disputed`: another MAC answers the same.
    `route`: a pod's default route by way of the address, the asker's own where it has one.
    """

    target: IP
    mac: int
    holder: Owner | None
    home: Owner | None
    proxy: bool
    confidence: str
    evidence: list[Evidence]
    disputed: bool
    route: Route | None

    @property
    def who(self) -> str:
        """The answering interface in words."""
        name = device(self.holder)
        return f"{name} ({format_mac(self.mac)})" if name else format_mac(self.mac)

    @property
    def gateway(self) -> list[Evidence]:
        """Evidence that pods send to the address by default, empty where none does."""
        return [] if self.route is None else [said(self.route)]

    @property
    def lives(self) -> str:
        """Where the address really is, or what tells that it is not the answerer's."""
        if self.confidence != CERTAIN and self.home is None:
            return "so its answer shows"
        if self.home is not None and self.home.interface is not None:
            return f"{self.target} lives on {device(self.home)}"
        if self.route is not None:
            whose = self.route.host.name
            return f"no interface in the inventory has it, it is only the gateway in {whose}'s default route"
        return "no interface in the inventory has it"


def judge(context: Context, target: IP | None, mac: int | None, *, shows_proxy: bool | None) -> Answer | None:
    """Judge an answer that gives `mac` for `target`.

    `shows_proxy` is what the message alone shows: True (a proxy by its flags), False (as an owner answers), None.
    """
    if target is None or mac is None:
        return None
    holder = context.names.of_mac(mac, context.near())
    home = context.names.of_ip(target, (holder.node if holder else None, None))
    interface = context.names.interface_of(holder)
    routes = [route for ip, route, _ in context.inventory.gateways(target.version) if ip == target]
    own = (route for route in routes if route.host.pod == context.dst.pod_name)
    route = next(own, routes[0] if routes else None)
    disputed = len(context.lessons.answers.get(asked_of(context.packet, target), ())) > 1
    proxy, confidence, evidence = _lacks(context, target, mac, interface=interface, home=home, shows_proxy=shows_proxy)
    return Answer(target, mac, holder, home, proxy, confidence, [*said_by(holder), *evidence], disputed, route)


def stands_in(
    name: str, context: Context, answer: Answer | None, fields: Sequence[str], reason: Reason
) -> Statement | None:
    """The statement of the rule `name` on an answer by who does not have the address; None where the owner answers."""
    if answer is None or not answer.proxy:
        return None
    verdict, confidence, why, more = reason(context, answer)
    text = f"{answer.who} answers for {answer.target}, which it does not have: {answer.lives}. {why}"
    if answer.disputed:
        verdict = SUSPICIOUS
        text += " Another MAC answers for the same address in this capture."
    evidence = (*context.fields(*fields), *answer.evidence, *more)
    return Statement(name, text, verdict, least(answer.confidence, confidence), evidence, "request")


def owns(name: str, context: Context, answer: Answer, fields: Sequence[str], text: str) -> Statement:
    """The statement `text` of the rule `name` on an answer by the owner of the address."""
    verdict, confidence = NORMAL, answer.confidence
    if answer.disputed:
        verdict, confidence = SUSPICIOUS, LIKELY
        text += " Another MAC answers for the same address in this capture: the address may be in use twice."
    return Statement(name, text, verdict, confidence, (*context.fields(*fields), *answer.evidence), "request")


def as_whose(answer: Answer) -> str:
    """How sure it is that the address is the answerer's, in words."""
    return "its own address" if answer.confidence == CERTAIN else "as the owner of an address does"


def _lacks(
    context: Context,
    target: IP,
    mac: int,
    *,
    interface: Interface | None,
    home: Owner | None,
    shows_proxy: bool | None,
) -> tuple[bool, str, list[Evidence]]:
    """Whether the answerer lacks the address, how sure that is, and what proves it."""
    inventory = context.inventory
    addresses = () if interface is None else inventory.addresses_of(interface)
    for address in addresses:
        if address.ip == target:
            return False, CERTAIN, [said(address)]
    if mac_of_link_local(target) == mac:
        whose = "the answering" if interface is None else f"{interface.name}'s"
        return False, LIKELY, [FactEvidence("inferred", None, f"{target} is made from {whose} MAC (EUI-64)")]
    if interface is not None and addresses:
        listed = ", ".join(str(address.ip) for address in addresses)
        absent = f"{interface.name} has {listed}; {target} is not among its addresses"
        source = FactEvidence(interface.source.file, interface.source.line, absent)
        return True, CERTAIN, [source, *_home(home, target)]
    if home is not None and isinstance(home.fact, Address) and home.confidence == CERTAIN:
        owner = context.names.interface_of(home)
        if owner is not None and owner.mac is not None:
            return owner.mac != mac, LIKELY, [said(home.fact), said(owner)]
    if shows_proxy:
        return True, LIKELY, _home(home, target) if inventory.interfaces else []
    return False, POSSIBLE if shows_proxy is None else LIKELY, []


def _home(home: Owner | None, target: IP) -> list[Evidence]:
    if home is None:
        return [FactEvidence("inventory", None, f"no interface has {target}")]
    return said_by(home)


def asker_is_elsewhere(context: Context) -> bool:
    """Whether the asker is a pod other than the one whose veth the frame was captured at."""
    point, asker = context.point, context.src.pod_name
    if point is None or asker is None:
        return False
    if point.pod is not None:
        return point.pod != asker
    ends = [i for i in context.inventory.interfaces if i.name == point.interface and i.host.node == point.node]
    served = [pod.host.pod for i in ends if i.host.pod is None and (pod := context.inventory.pod_of_lxc(i)) is not None]
    return bool(served) and asker not in served
