"""Which interfaces and addresses does `ip address` or `ip link` print?

Run `ip address` (`ip a`) on the host, and `ip -d link` for the kind of each device and the VXLAN details. In a pod:
`kubectl exec POD -- ip address`; in a kind node: `docker exec NODE ip address`.

Law: indentation carries no meaning, since a paste may have lost it: a line belongs to the interface above it by its
first word. `-o` puts a backslash where a line ends and an interface before each address. Sources of the form: iproute2,
ip/ipaddress.c (print_linkinfo, print_addrinfo), ip/iplink_vxlan.c, ip/iplink_geneve.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Address, Host, Interface, Note, Source
from vxlan_dissect.inventory.sources.base import (
    Line,
    Parsed,
    ip_command,
    ip_or_none,
    mac_or_none,
    whole_number,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Lines that say nothing which is kept: lifetimes, other names, counters of `-s`, XDP and SR-IOV details.
_SKIPPED = frozenset(("valid_lft", "altname", "alias", "RX:", "TX:", "RX", "TX", "prog/xdp", "vf", "parentbus"))
# The drivers that `ip -d link` names at the start of a line of its own (ip/iplink_*.c, ip/link_*.c).
_KINDS = frozenset(
    "amt bareudp batadv bond bridge can dsa dummy erspan geneve gre gretap gtp hsr ifb ip6erspan ip6gre ip6gretap "
    "ip6tnl ipip ipoib ipvlan ipvtap macsec macvlan macvtap netdevsim netkit nlmon openvswitch ovpn rmnet sit team tun "
    "veth vcan vlan vrf vti vti6 vxcan vxlan wireguard wwan xfrm".split()
)
# Prose may start with such a word too; a line of details goes on with one of these.
_DETAIL_WORDS = frozenset("id external forward_delay type protocol mode remote local table if_id vnifilter".split())
_DETAIL_MARKS = frozenset(("addrgenmode", "numtxqueues"))
_ONE_LINE = re.compile(r"^[ \t]*\d{1,10}: \S{1,64}\s+inet6? [0-9a-f:]", re.MULTILINE)


def accepts(command: str | None, text: str) -> bool:
    """Text of `ip address` or `ip link`; without a command, a line such as `2: eth0@if6: <UP> mtu 1500`."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.subject in {"address", "link"} and not said.json and not said.brief
    return (": <" in text and " mtu " in text) or _ONE_LINE.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Interface and Address facts; `-d` lines add kind, VNI and port to the interface above."""
    del command
    found = Parsed([], [], [])
    current: Interface | None = None
    at = 0  # where in the facts `current` stands
    for number, line in _parted(lines):
        words = words_of(line)
        if not words:
            continue
        if _ONE_LINE.match(line):
            index, name = whole_number(words[0][:-1]), words[1]
            if current is None or (current.index, current.name) != (index, name):
                source = Source(file, number)
                current, at = Interface(host, name, index, None, source, index_source=source), len(found.facts)
                found.facts.append(current)
            del words[:2]
        first = words[0]
        if first[-1] == ":" and len(words) > 4 and words[2][0] == "<" and words[3] == "mtu":
            interface = _interface(words, host, Source(file, number))
            if interface is None:
                found.rest.append((number, line))
            else:
                current, at = interface, len(found.facts)
                found.facts.append(current)
        elif current is None:
            found.rest.append((number, line))
        elif first in {"inet", "inet6"} and len(words) > 1:
            address = _address(words, host, current.name, Source(file, number))
            if address is None:
                found.notes.append(Note(file, number, f"not an address: {words[1][:80]!r}", "bad-value"))
            else:
                found.facts.append(address)
        elif first.startswith("link/"):
            found.facts[at] = current = _with_link(current, words, Source(file, number))
        elif first in _KINDS and _is_detail(words):
            found.facts[at] = current = _with_details(current, words)
        elif not (first in _SKIPPED or first.endswith("_slave") or all(word.isdecimal() for word in words)):
            found.rest.append((number, line))
    return found


def _parted(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, those of `-o` parted where it put backslashes."""
    for number, line in lines:
        if "\\ " in line:
            yield from ((number, part) for part in line.split("\\ "))
        else:
            yield number, line


def _interface(words: list[str], host: Host, source: Source) -> Interface | None:
    """`2: eth0@if6: <BROADCAST,UP> mtu 1500 qdisc noqueue master cni0 state UP group default qlen 1000`."""
    index = whole_number(words[0][:-1])
    name, _, peer = words[1].rstrip(":").partition("@")
    if index is None or not name:
        return None
    peer_index = whole_number(peer[2:]) if peer.startswith("if") else None
    said = dict(zip(words[3::2], words[4::2], strict=False))
    return Interface(
        host,
        name,
        index,
        None,
        source,
        peer_index=peer_index,
        peer_name=peer if peer and peer_index is None and peer != "NONE" else None,
        flags=tuple(words[2].strip("<>").split(",")) if words[2] != "<>" else (),
        mtu=whole_number(said["mtu"]),
        state=said.get("state"),
        master=said.get("master"),
        index_source=source,
    )


def _with_link(interface: Interface, words: list[str], source: Source) -> Interface:
    """`link/ether a2:79:14:47:80:b3 brd ff:ff:ff:ff:ff:ff link-netns cni-1`; tunnels print an IP address or nothing."""
    mac = mac_or_none(words[1]) if len(words) > 1 else None
    namespace = words[words.index("link-netns") + 1] if "link-netns" in words[:-1] else None
    return interface._replace(mac=mac, source=interface.source if mac is None else source, peer_namespace=namespace)


def _address(words: list[str], host: Host, interface: str, source: Source) -> Address | None:
    """`inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0`, `inet 10.0.0.1 peer 10.0.0.2/32 scope global`."""
    text, _, length = words[1].partition("/")
    ip = ip_or_none(text)
    if ip is None:
        return None
    if not length and words[2:3] == ["peer"] and len(words) > 3:
        length = words[3].partition("/")[2]
    bits = whole_number(length) if length else ip.bits
    if bits is None or bits > ip.bits:
        return None
    scope = words[words.index("scope") + 1] if "scope" in words[:-1] else None
    return Address(host, interface, ip, bits, source, scope)


def _is_detail(words: list[str]) -> bool:
    return len(words) == 1 or words[1] in _DETAIL_WORDS or not _DETAIL_MARKS.isdisjoint(words)


def _with_details(interface: Interface, words: list[str]) -> Interface:
    """`vxlan id 1 local 192.0.2.11 dev eth0 dstport 8472 nolearning`, `vxlan external id 0 dstport 8472`."""
    if interface.kind is not None:
        return interface
    if words[0] not in {"vxlan", "geneve"}:
        return interface._replace(kind=words[0])
    external = "external" in words
    values = {key: whole_number(words[words.index(key) + 1]) for key in ("id", "dstport") if key in words[:-1]}
    # A collect-metadata device takes the VNI from each packet; the id it prints is 0 and means nothing.
    vni = None if external else values.get("id")
    return interface._replace(kind=words[0], vni=vni, port=values.get("dstport"), external=external)
