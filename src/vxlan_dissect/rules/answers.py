"""Does the one who answers for an address have it?

Law: an interface has an address if the inventory lists it there, and has it not if the inventory lists the interface's
addresses and this is none of them. Where the inventory is silent, only what the answer itself shows counts, and then
nothing is certain. Two answers conflict only if they came to one question. Shared by the rules that read neighbour
advertisements and ARP replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import format_mac, mac_of_link_local
from vxlan_dissect.explain.context import least, said, said_by
from vxlan_dissect.explain.learn import asked_of
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.pair import RIVALS
from vxlan_dissect.explain.statements import (
    BY_DESIGN,
    CERTAIN,
    LIKELY,
    NORMAL,
    POSSIBLE,
    SUSPICIOUS,
    Cause,
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

    `proxy`: the answerer does not have the address. `evidence` proves that. `route`: a pod's default route by way of
    the address, the asker's own where it has one.
    """

    target: IP
    mac: int
    holder: Owner | None
    home: Owner | None
    proxy: bool
    confidence: str
    evidence: list[Evidence]
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
    proxy, confidence, evidence = _lacks(context, target, mac, interface=interface, home=home, shows_proxy=shows_proxy)
    return Answer(target, mac, holder, home, proxy, confidence, [*said_by(holder), *evidence], route)


def stands_in(
    name: str, context: Context, answer: Answer | None, fields: Sequence[str], reason: Reason
) -> Statement | None:
    """The statement of the rule `name` on an answer by who does not have the address; None where the owner answers."""
    if answer is None or not answer.proxy:
        return None
    verdict, confidence, why, more = reason(context, answer)
    text = f"{answer.who} answers for {answer.target}, which it does not have: {answer.lives}. {why}"
    evidence = (*context.fields(*fields), *answer.evidence, *more)
    return Statement(name, text, verdict, least(answer.confidence, confidence), evidence, "request")


def owns(name: str, context: Context, answer: Answer, fields: Sequence[str], text: str) -> Statement:
    """The statement `text` of the rule `name` on an answer by the owner of the address."""
    return Statement(name, text, NORMAL, answer.confidence, (*context.fields(*fields), *answer.evidence), "request")


def announces(name: str, context: Context, answer: Answer, fields: Sequence[str], effect: str) -> Statement:
    """The statement of the rule `name` on an announcement; `effect` is what it does to the neighbours, in words."""
    text, verdict = f"{answer.who} announces {answer.target}", NORMAL
    causes: tuple[Cause, ...] = ()
    evidence = (*context.fields(*fields), *answer.evidence)
    if not answer.proxy:
        text += ", its own address" if answer.confidence == CERTAIN else ""
    elif answer.home is not None and isinstance(answer.home.fact, Address):
        verdict = SUSPICIOUS
        text += f", which by the inventory {device(answer.home) or 'another host'} has"
        causes = (Cause("duplicate-address", f"{answer.target} is announced by one host and given to another"),)
    else:
        text += ", which no interface of the inventory has: so a virtual address moves"
    return Statement(name, f"{text}. {effect}", verdict, answer.confidence, evidence, causes=causes)


def others_that_answer(context: Context, answer: Answer) -> list[int]:
    """The other MACs that answered the same asker for the same address in this capture."""
    answered = context.lessons.answers.get(asked_of(context.packet, answer.target), ())
    return sorted(mac for mac in answered if mac != answer.mac)


def conflict(name: str, context: Context, answer: Answer | None, fields: Sequence[str]) -> Statement | None:
    """The statement of the rule `name` on an answer to a question that another MAC answered, too."""
    others = [] if answer is None or context.exchange != RIVALS else others_that_answer(context, answer)
    if answer is None or not others:
        return None
    holders = [context.names.of_mac(mac, context.near()) for mac in others]
    named = {mac: f"{device(holder)} ({format_mac(mac)})" if device(holder) else format_mac(mac)
             for mac, holder in zip(others, holders, strict=True)} | {answer.mac: answer.who}  # fmt: skip
    *most, last = (named[mac] for mac in sorted(named))  # in one order, whichever of them answered
    text = f"Two answer one question for {answer.target} with different MACs: {', '.join(most)} and {last}."
    evidence = [*context.fields(*fields), *answer.evidence]
    for holder in holders:
        evidence += said_by(holder)
    hosts = {holder.host if holder else None for holder in (answer.holder, *holders)}
    if len(hosts) == 1 and None not in hosts:
        text += " Both are of one host: Linux answers with each card that it has on a link."
        return Statement(name, text, BY_DESIGN, LIKELY, tuple(evidence), "request")
    text += " The address is in use twice, or one of both answers for an address that is not its own."
    causes = (Cause("duplicate-address", f"two stations answer for {answer.target}"),)
    return Statement(name, text, SUSPICIOUS, LIKELY, tuple(evidence), "request", causes)


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
