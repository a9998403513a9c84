"""Which interfaces and addresses does `ifconfig` print?

Run `ifconfig -a` on the host.

Law: two forms, of net-tools 2 (`eth0: flags=4163<UP,…>  mtu 1500`) and of net-tools 1 and busybox (`eth0      Link
encap:Ethernet  HWaddr …`); neither has an ifindex or a peer. Source: net-tools, lib/interface.c (ife_print_long).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Address, Host, Interface, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, mac_or_none, whole_number, words_of
from vxlan_dissect.inventory.sources.route_text import length_of_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEW = re.compile(r"(\S{1,64}): flags=-?\d{1,10}<([A-Z0-9,_]{0,200})> +mtu (\d{1,10})")
_OLD = re.compile(r"(\S{1,64}) +Link encap:([A-Za-z0-9 -]{1,32}?)(?: {1,2}HWaddr (\S{17}))?\s*\Z")
_OLD_FLAGS = re.compile(r"((?:[A-Z]+ )+) *MTU:(\d{1,10}) ")
_LINKS = frozenset("ether loop unspec tunnel sit ppp infiniband hardware".split())
_COUNTERS = ("RX", "TX", "collisions:", "Interrupt:", "Memory:", "device", "Base", "inet6", "inet", "Mask:")


def accepts(command: str | None, text: str) -> bool:
    """Text of `ifconfig`; without a command, a first line of an interface."""
    if command is not None:
        words = command.split()
        # With an address or a word behind the device it changes something.
        return bool(words) and words[0].rpartition("/")[2] == "ifconfig" and len(words) < 4
    return ": flags=" in text or "Link encap:" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Interface and Address facts."""
    del command
    found = Parsed([], [], [])
    current: Interface | None = None
    at = 0
    for number, line in lines:
        text = line.strip()
        words = words_of(text)
        if not words:
            continue
        source = Source(file, number)
        interface = _interface(text, host, source) if len(text) < 1 << 12 else None
        if interface is not None:
            current, at = interface, len(found.facts)
            found.facts.append(current)
        elif current is None:
            found.rest.append((number, line))
        elif words[0] in {"inet", "inet6"} and len(words) > 1:
            address = _address(words, host, current.name, source)
            if address is None:
                found.notes.append(Note(file, number, f"not an address: {' '.join(words[1:3])[:80]!r}", "bad-value"))
            else:
                found.facts.append(address)
        elif words[0] in _LINKS:
            mac = mac_or_none(words[1]) if words[0] == "ether" and len(words) > 1 else None
            if mac is not None:
                found.facts[at] = current = current._replace(mac=mac, source=source)
        elif flags := _OLD_FLAGS.match(text):
            current = current._replace(flags=tuple(flags[1].split()), mtu=whole_number(flags[2]))
            found.facts[at] = current
        elif not words[0].startswith(_COUNTERS):
            found.rest.append((number, line))
    return found


def _interface(text: str, host: Host, source: Source) -> Interface | None:
    new, old = _NEW.match(text), _OLD.match(text)
    if new:
        flags = tuple(filter(None, new[2].split(",")))
        return Interface(host, new[1], None, None, source, flags=flags, mtu=whole_number(new[3]), index_source=source)
    if old:
        return Interface(host, old[1], None, mac_or_none(old[3] or ""), source, index_source=source)
    return None


def _address(words: list[str], host: Host, interface: str, source: Source) -> Address | None:
    """`inet 10.0.0.1  netmask 255.0.0.0`, `inet addr:10.0.0.1  Mask:255.0.0.0`, `inet6 addr: fd00::1/64 Scope:Link`."""
    said = " ".join(words[1:]).removeprefix("addr:").strip()
    text, _, length = said.partition(" ")[0].partition("/")
    ip = ip_or_none(text)
    if ip is None:
        return None
    mask = re.search(r"(?:netmask |Mask:)([0-9.]{7,15})", said)
    prefix = re.search(r"prefixlen (\d{1,3})", said)
    bits = length_of_mask(mask[1]) if mask else whole_number(length or (prefix[1] if prefix else ""))
    scope = re.search(r"(?:Scope:|<)(\w{1,8})", said)
    if bits is not None and bits > ip.bits:
        return None
    return Address(host, interface, ip, ip.bits if bits is None else bits, source, scope[1].lower() if scope else None)
