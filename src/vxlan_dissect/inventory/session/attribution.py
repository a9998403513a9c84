"""Whose is an output, how is that known, and does the output itself agree?

Law: an output whose host nobody names is given one only if an address in it is that host's alone, by kubectl or by an
output whose host is known; it is then `likely`. A name that a prompt or folder gives is kept where the addresses speak
against it, and a note says so.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vxlan_dissect.inventory.merging.merge import host_of
from vxlan_dissect.inventory.model import Address, Fact, Host, Interface, Node, Note, Pod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.addresses import IP

UNKNOWN_HOST = Host(None)
# How the host of an output is known, and what that is worth: the name in the prompt, a command that names it (`kubectl
# exec`), the shell that such a command opened, the folder or name of the file, a word of
# the user's own before a known host, a heading, an address in the output; or not at all.
HOW = {
    "prompt": "certain",
    "command": "certain",
    "shell": "certain",
    "layout": "certain",
    "wrapper": "likely",
    "heading": "likely",
    "content": "likely",
    "nothing": "possible",
}


class Attribution(NamedTuple):
    """Whose the lines `line` to `last` of a file are. `how` is one of HOW; `host` is Host(None) for `nothing`.

    `shell` tells the unknown shells of a session apart.
    """

    file: str
    line: int
    last: int
    host: Host
    how: str
    shell: str = ""

    @property
    def confidence(self) -> str:
        """certain, likely or possible."""
        return HOW[self.how]

    def __str__(self) -> str:
        lines = f"{self.line}" if self.line == self.last else f"{self.line}-{self.last}"
        host = f"{self.host.name} ({self.confidence}, by {self.how})" if self.how != "nothing" else "an unknown host"
        return f"{self.file}:{lines}: {host}"


Owners = dict["IP", dict[str, Host]]


class Known(NamedTuple):
    """Who has an address: `listed` by kubectl, `owners` also by outputs whose host is known; the nodes of each pod."""

    listed: Owners
    owners: Owners
    nodes_of: dict[str, set[str]]


def known(facts: Sequence[Fact]) -> Known:
    """What all facts together say of addresses. Pods on the network of their node are left aside."""
    listed: Owners = defaultdict(dict)
    nodes_of: defaultdict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if isinstance(fact, Node):
            for ip in fact.ips:
                listed[ip][fact.name] = Host(fact.name)
    nodes = set(listed)
    for fact in facts:
        if isinstance(fact, Pod):
            if fact.node:
                nodes_of[fact.name].add(fact.node)
            for ip in fact.ips:
                if ip not in nodes:
                    listed[ip][fact.name] = Host(fact.node, fact.name)
    owners: Owners = defaultdict(dict, {ip: dict(hosts) for ip, hosts in listed.items()})
    for fact in facts:
        if isinstance(fact, Address) and fact.host != UNKNOWN_HOST and _tells(fact.ip) and fact.ip not in listed:
            owners[fact.ip][fact.host.name] = fact.host
    return Known(listed, owners, nodes_of)


def _tells(ip: IP) -> bool:
    """Whether an address may be one host's alone."""
    return not (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified)


def place_of_file(file: str, host: Host, facts: Sequence[Fact]) -> list[Attribution]:
    """Whose a file with the output of one command is: the host that its folder or its name tells.

    None where the facts have hosts of their own, as in an inventory file: what is nobody's there stays so.
    """
    if any(host_of(fact) not in {host, UNKNOWN_HOST, None} for fact in facts):
        return []
    lines = [fact.source.line for fact in facts if host_of(fact) is not None]
    how = "nothing" if host == UNKNOWN_HOST else "layout"
    return [Attribution(file, min(lines), max(lines), host, how)] if lines else []


def attributed(
    facts: Sequence[Fact], places: Sequence[Attribution], all_known: Known
) -> tuple[list[Fact], list[Attribution], list[Note]]:
    """One file's facts, those that nobody names given the host that their addresses tell; and what speaks against."""
    ranges = sorted(places, key=lambda place: place.line)
    inside: defaultdict[int, list[int]] = defaultdict(list)  # place -> facts of its lines
    at = 0
    for index in sorted(range(len(facts)), key=lambda index: facts[index].source.line):
        while at + 1 < len(ranges) and ranges[at + 1].line <= facts[index].source.line:
            at += 1
        inside[at].append(index)
    settled = list(facts)
    found: list[Attribution] = []
    notes: list[Note] = []
    for at, place in enumerate(ranges):
        mine = [index for index in inside[at] if host_of(facts[index]) is not None]
        if place.how == "nothing":
            host = _settle(settled, mine, all_known.owners)
            place = place if host is None else place._replace(host=host, how="content")
        else:
            notes += _against(place, [facts[index] for index in mine], all_known)
        found.append(place)
    return settled, found, notes


def full_names(facts: Sequence[Fact]) -> dict[Host, Host]:
    """Hosts that a prompt or ssh names by an address, or by the first part of a node's name, and their nodes."""
    nodes = {fact.name: fact for fact in facts if isinstance(fact, Node)}
    pods = {fact.name for fact in facts if isinstance(fact, Pod)}
    short: defaultdict[str, set[str]] = defaultdict(set)
    for name, node in nodes.items():
        short[name.partition(".")[0]].add(name)
        for ip in node.ips:
            short[str(ip)].add(name)
    found: dict[Host, Host] = {}
    for host in {host for fact in facts if (host := host_of(fact)) is not None}:
        called = host.node
        if host.pod is None and called and called not in nodes and called not in pods:
            fitting = short.get(called) or {node for node in nodes if called.startswith(f"{node}.")}
            if len(fitting) == 1:
                found[host] = Host(next(iter(fitting)))
    return found


def renamed(facts: Sequence[Fact], names: dict[Host, Host]) -> list[Fact]:
    """The facts of these hosts under their full names."""
    if not names:
        return list(facts)
    return [
        cast("Fact", cast("Any", fact)._replace(host=names[host]))
        if (host := host_of(fact)) is not None and host in names
        else fact
        for fact in facts
    ]


def _settle(facts: list[Fact], mine: list[int], owners: Owners) -> Host | None:
    """Give the facts of an output their host; the host of all of them, None where there is none or several.

    A part without an address of its own belongs to the only host that the others tell.
    """
    told: dict[str, Host] = {}
    parts = [(part, _named_by(facts, part, owners)) for part in _parts(facts, mine)]
    for _, hosts in parts:
        told |= hosts
    for part, hosts in parts:
        candidates = hosts or told
        if len(candidates) != 1:
            continue
        (host,) = candidates.values()
        for index in part:
            if host_of(facts[index]) == UNKNOWN_HOST:
                facts[index] = cast("Fact", cast("Any", facts[index])._replace(host=host))
    return next(iter(told.values())) if len(told) == 1 else None


def _named_by(facts: Sequence[Fact], part: list[int], owners: Owners) -> dict[str, Host]:
    """The hosts that have an address of these facts for themselves."""
    return {name: host for index in part for name, host in _owners_of(facts[index], owners).items()}


def _parts(facts: Sequence[Fact], mine: list[int]) -> Iterator[list[int]]:
    """The facts parted where another host's interfaces begin: at a loopback device that is not the first."""
    part: list[int] = []
    loopback = False
    for index in mine:
        fact = facts[index]
        if isinstance(fact, Interface) and fact.name == "lo":
            if loopback:
                yield part
                part = []
            loopback = True
        part.append(index)
    if part:
        yield part


def _owners_of(fact: Fact, owners: Owners) -> dict[str, Host]:
    if not isinstance(fact, Address) or not _tells(fact.ip):
        return {}
    hosts = owners.get(fact.ip, {})
    return hosts if len(hosts) == 1 else {}


def _against(place: Attribution, facts: list[Fact], all_known: Known) -> Iterator[Note]:
    """What speaks against the host that a prompt, a heading or a folder names: kubectl gives the address to another."""
    host = place.host
    own = {host.pod, host.node, *all_known.nodes_of.get(host.name, ())}
    others: dict[str, Address] = {}
    for fact in facts:
        if isinstance(fact, Address):
            names = _owners_of(fact, all_known.listed)
            if names and not own & {*names} and not any(each.node == host.name for each in names.values()):
                others.setdefault(next(iter(names)), fact)
    for name, address in others.items():
        why = f"by {place.how} this is {host.name}, but {address.ip} is an address of {name}"
        yield Note(place.file, address.source.line, why, "host")
