"""What does the inventory say of one address, name or number, in words?

Law: every line names the file and line it stands on, or says from what it follows; text from files is made printable,
so that a name cannot move a terminal's cursor or close a tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, format_mac, parse_ip, parse_mac
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.answers.who_named import Named
from vxlan_dissect.inventory.model import Address, Fact, Host, Interface, Neighbour, Owner
from vxlan_dissect.inventory.sources.base import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.inventory.inventory import Inventory

_MOST_LINES = 12  # of one kind; loopback addresses are on every host
_WHAT = {
    "pod": "interface of a pod",
    "lxc": "host end of the veth pair of a pod",
    "node": "network card of a node",
    "router": "gateway of the pods of that node",
    "tunnel": "tunnel device",
    "host": "another interface of that host",
    "service": "service address",
    "loopback": "loopback",
    "group": "group address",
    "named": "known by name only",
}


class Who(NamedTuple):
    """An answer: `query` as normalised text, `owners` best first, `lines` in words, each with its file and line."""

    query: str
    owners: tuple[Owner, ...]
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join((self.query, *(self.lines or ("nothing in the inventory speaks of it",))))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        items = "".join(f"<li>{escape(line)}</li>" for line in self.lines or ("nothing in the inventory speaks of it",))
        return f"<b>{escape(self.query)}</b><ul>{items}</ul>"


def who(inventory: Inventory, asked: str | int | IP) -> Who:
    """Answer for a MAC (text or int of 48 bits), an IP address, a name, or a number in text. Raises UsageError.

    A number in text is an ifindex or a security identity; a name is a pod's (`NAMESPACE/NAME` too), a node's, an
    interface's, a service's, or one from a list of names. `owners` is empty for names and numbers.
    """
    value = _value(asked)
    teller = _Teller(inventory)
    owners: tuple[Owner, ...] = ()
    if isinstance(value, str):
        named = Named(inventory, teller.cite)
        number = whole_number(value)
        lines = _capped(named.of_name(value) if number is None else (*named.of_number(number), *named.of_name(value)))
        query = value
    elif isinstance(value, IP):
        owners = inventory.owners_of_ip(value)
        lines, query = teller.of_ip(value, owners), str(value)
    else:
        owners = inventory.owners_of_mac(value)
        lines, query = teller.of_mac(value, owners), format_mac(value)
    return Who(query, owners, tuple(_printable(line) for line in lines))


def _value(address: str | int | IP) -> int | IP | str:
    if isinstance(address, IP):
        return address
    if isinstance(address, int):
        if 0 <= address < 1 << 48:
            return address
        raise UsageError(f"not a MAC address: {address} is no number of 48 bits")
    for parse in (parse_mac, parse_ip):
        try:
            return parse(address.strip())
        except ValueError:
            continue
    # No name of Kubernetes or Linux has a colon, and none is made of digits and dots alone but a number.
    text = address.strip()
    if not text or ":" in text or ("." in text and set(text) <= set("0123456789./")):
        raise UsageError(f"neither a MAC nor an IP address nor a name: {address[:80]!r}")
    return text


class _Teller:
    """Sentences about one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def of_mac(self, mac: int, owners: tuple[Owner, ...]) -> Iterator[str]:
        """Who has the MAC, where the interface leads, which addresses it has and which it answers for."""
        yield from self._owners(owners)
        interfaces = [interface for owner in owners[:_MOST_LINES] if (interface := self._interface(owner, mac))]
        for interface in interfaces:
            yield from self._pair(interface)
            on_it = [f"{address.ip}/{address.length}{self.cite(address)}" for address in self._addresses(interface)]
            yield f"{interface.name} has {_some(on_it)}" if on_it else f"no address of {interface.name} is known"
        own = {address.ip for interface in interfaces for address in self._addresses(interface)} if interfaces else None
        yield from _capped(self._answers(entry, own) for entry in self._inventory._index.neighbours_by_mac.get(mac, ()))

    def of_ip(self, ip: IP, owners: tuple[Owner, ...]) -> Iterator[str]:
        """Who has the address, whose gateway it is, and which MAC answers for it."""
        yield from self._owners(owners)
        gateways = [(route, pod) for via, route, pod in self._inventory.gateways(ip.version) if via == ip]
        yield from _capped(f"{_host(pod)} sends to it by default{self.cite(route)}" for route, pod in gateways)
        holders = [address for address in self._inventory.addresses if address.ip == ip]
        if not holders and (gateways or ip in self._inventory._index.neighbours_by_ip):
            yield "no interface in the inventory has it"
        yield from _capped(self._resolves(entry) for entry in self._inventory._index.neighbours_by_ip.get(ip, ()))

    def _owners(self, owners: tuple[Owner, ...]) -> Iterator[str]:
        yield from _capped(self._owner(owner) for owner in owners)

    def _owner(self, owner: Owner) -> str:
        if owner.service is not None:
            where = f"service {owner.service}"
            if owner.namespace is not None:
                where += f" in namespace {owner.namespace}"
        elif owner.host is None:
            if owner.what == "group":
                return f"group address: {owner.inferred}"
            if owner.names:
                return f"called {', '.join(owner.names)}{self.cite(owner.fact) if owner.fact is not None else ''}"
            where = "a host that the inventory does not name"
        else:
            where = _host(owner.host)
            if owner.host.pod is not None:
                where += f" in namespace {owner.namespace}" if owner.namespace else ""
                where += f" on node {owner.node}" if owner.node else ", its node unknown"
            if owner.interface is not None:
                where = f"{owner.interface} of {where}"
        what = f"host end of the veth pair of pod {owner.serves}" if owner.what == "lxc" and owner.serves else None
        text = f"{where}: {what or _WHAT[owner.what]}"
        if owner.inferred is not None:
            text += f" ({owner.confidence}: {owner.inferred})"
        return text + (self.cite(owner.fact) if owner.fact is not None else "")

    def _interface(self, owner: Owner, mac: int) -> Interface | None:
        if isinstance(owner.fact, Interface):
            return owner.fact
        if owner.host is None or owner.interface is None:
            return None
        found = self._inventory.interface(owner.host, owner.interface)
        return found if found is not None and found.mac == mac else None

    def _pair(self, interface: Interface) -> Iterator[str]:
        peer = self._inventory.peer(interface)
        if peer is None:
            if interface.peer_index is not None:
                yield f"{interface.name} is one end of a veth pair; the other end has ifindex {interface.peer_index}"
            return
        text = f"{interface.name} and {peer.name} of {_host(peer.host)} are the ends of one veth pair: "
        if interface.peer_index is None:
            yield f"{text}each names the other{_lines(interface.index_source or interface.source)}"
            return
        ends = [
            f"ifindex {end.index} with peer {end.peer_index}{_lines(end.index_source or end.source)}"
            for end in (interface, peer)
        ]
        sure = "" if self._inventory._index.peer_is_certain(interface) else " (likely: nothing else ties them together)"
        yield f"{text}{ends[0]}, and {ends[1]}{sure}"

    def _answers(self, entry: Neighbour, own: set[IP] | None) -> str:
        absent = "" if own is None or entry.ip in own else ", an address that is on no interface with this MAC"
        return f"{_host(entry.host)} has it for {entry.ip} in its neighbour table{absent}{self.cite(entry)}"

    def _resolves(self, entry: Neighbour) -> str:
        if entry.state == "PROXY":
            return f"{_host(entry.host)} answers for it on {entry.device}: a proxy entry{self.cite(entry)}"
        if entry.mac is None:
            return f"{_host(entry.host)} could not resolve it: {entry.state or 'no MAC'}{self.cite(entry)}"
        router = ", a router" if entry.router else ""
        return (
            f"{_host(entry.host)} has {format_mac(entry.mac)} for it in its neighbour table{router}{self.cite(entry)}"
        )

    def _addresses(self, interface: Interface) -> tuple[Address, ...]:
        return self._inventory.addresses_of(interface)

    def cite(self, fact: Fact) -> str:
        """Where a fact stands, in brackets."""
        return _lines(*self._inventory.sources_of(fact))


def _host(host: Host) -> str:
    if host.pod is not None:
        return f"pod {host.pod}"
    return f"node {host.node}" if host.node is not None else "a host that is not named"


def _lines(*sources: object) -> str:
    more = f", and {len(sources) - 1} more line{'s' if len(sources) > 2 else ''}" if len(sources) > 1 else ""
    return f" [{sources[0]}{more}]"


def _some(texts: list[str]) -> str:
    more = f" and {len(texts) - _MOST_LINES} more" if len(texts) > _MOST_LINES else ""
    return ", ".join(texts[:_MOST_LINES]) + more


def _capped(lines: Iterable[str]) -> Iterator[str]:
    more = 0
    for number, line in enumerate(lines):
        if number < _MOST_LINES:
            yield line
        else:
            more += 1
    if more:
        yield f"and {more} more like that"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
