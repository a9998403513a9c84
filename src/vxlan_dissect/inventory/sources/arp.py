"""Which MAC does a host's ARP table give for an address, by `arp` and `/proc/net/arp`?

Run `arp -n` on the host (`arp -a`, `cat /proc/net/arp`).

Law: three forms, told apart by the line: a table with titles, `? (10.0.0.9) at 02:00:00:00:00:09 [ether] on eth0`, and
the kernel's own table. Sources: net-tools, arp.c; Linux, net/ipv4/arp.c (arp_format_neigh_entry).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Neighbour, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, mac_or_none, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_BSD = re.compile(r"\S{1,255} \(([0-9.]{7,15})\) at (\S{1,20})(?: {1,2}\[\w+\])?((?: {1,2}[A-Z]+)*) {1,2}on (\S{1,64})")
_KERNEL = re.compile(r"([0-9.]{7,15}) +0x[0-9a-f]+ +0x([0-9a-f]{1,8}) +([0-9a-f:]{17}) +\S+ +(\S{1,64})\Z")
_HEADINGS = (["Address", "HWtype"], ["IP", "address"])
_TYPES = frozenset(("ether", "loop", "infiniband", "tunnel"))
# Linux, include/uapi/linux/if_arp.h.
_COMPLETE, _PERMANENT, _PUBLISHED = 2, 4, 8


def accepts(command: str | None, text: str) -> bool:
    """Text of `arp` or `cat /proc/net/arp`; without a command, a title or a line with `(ADDRESS) at`."""
    if command is not None:
        words = command.split()
        if words[:1] == ["cat"] and words[1:] == ["/proc/net/arp"]:
            return True
        asked = all(
            word[0] == "-" or len(word) == 1 or before == "-i" or ip_or_none(word) for before, word in pairwise(words)
        )
        return bool(words) and words[0].rpartition("/")[2] == "arp" and asked and not {"-s", "-d"} & set(words)
    return "HWaddress" in text or "HW address" in text or ") at " in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Neighbour facts."""
    found = Parsed([], [], [])
    table = False  # rows of `arp -n` look like much else: they need their titles, or the command
    for number, line in lines:
        text = line.strip()
        words = words_of(text)
        if not words:
            continue
        fact = _bsd(text, host, Source(file, number)) or _kernel(text, host, Source(file, number))
        if fact is None and (table or command is not None):
            fact = _row(words, host, Source(file, number))
        if fact is not None:
            found.facts.append(fact)
        elif words[:2] in _HEADINGS:
            table = True
        elif not (command is not None and words[0] == "Entries:"):  # `arp -v`
            found.rest.append((number, line))
    return found


def _neighbour(entry: Neighbour, flags: str = "") -> Neighbour:
    """The entry with its state: `M` is permanent, `P` published; without a MAC it is unresolved."""
    if "P" in flags:
        return entry._replace(state="PROXY")
    if entry.mac is None:
        return entry._replace(state="INCOMPLETE")
    return entry._replace(state="PERMANENT") if "M" in flags else entry


def _bsd(text: str, host: Host, source: Source) -> Neighbour | None:
    match = _BSD.match(text)
    ip = ip_or_none(match[1]) if match else None
    if match is None or ip is None:
        return None
    flags = match[3].replace("PERM", "M").replace("PUP", "P")
    return _neighbour(Neighbour(host, ip, mac_or_none(match[2]), source, device=match[4]), flags)


def _kernel(text: str, host: Host, source: Source) -> Neighbour | None:
    match = _KERNEL.match(text)
    ip = ip_or_none(match[1]) if match else None
    if match is None or ip is None:
        return None
    bits = int(match[2], 16)
    flags = ("M" if bits & _PERMANENT else "") + ("P" if bits & _PUBLISHED else "")
    mac = mac_or_none(match[3]) if bits & _COMPLETE else None
    return _neighbour(Neighbour(host, ip, mac, source, device=match[4]), flags)


def _row(words: list[str], host: Host, source: Source) -> Neighbour | None:
    """`10.0.0.9 ether 02:00:00:00:00:09 C eth0`, `10.0.0.7 (incomplete) eth0`, `10.0.0.8 * <from_interface> P eth0`."""
    ip = ip_or_none(words[0])
    if ip is None or len(words) < 3:
        return None
    if words[1] == "(incomplete)":
        return _neighbour(Neighbour(host, ip, None, source, device=words[-1]))
    if words[1:3] == ["*", "<from_interface>"]:  # published: the host answers for it
        return _neighbour(Neighbour(host, ip, None, source, device=words[-1]), "P")
    mac = mac_or_none(words[2]) if words[1] in _TYPES else None
    return (
        None
        if mac is None or len(words) < 5
        else _neighbour(Neighbour(host, ip, mac, source, device=words[-1]), words[3])
    )
