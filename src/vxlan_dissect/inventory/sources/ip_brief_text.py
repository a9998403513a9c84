"""Which interfaces, addresses and neighbours does `ip -br` print?

Run `ip -br address` and `ip -br link` on the host.

Law: a line has no ifindex, and none of the ends in another namespace but its index; a state that `ip` knows stands in
the second word. Source of the form: iproute2, ip/ipaddress.c (print_linkinfo_brief), ip/ipneigh.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Address, Fact, Host, Interface, Neighbour, Note, Source
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
    from collections.abc import Sequence

_STATES = frozenset("UNKNOWN NOTPRESENT DOWN LOWERLAYERDOWN TESTING DORMANT UP".split())


def accepts(command: str | None, text: str) -> bool:
    """Text of `ip -br`; without a command, a line with a state of a device."""
    if command is not None:
        said = ip_command(command)
        return said is not None and said.brief and not said.json and said.subject in {"address", "link", "neighbour"}
    return any(f"{state} " in text for state in _STATES)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Interface, Address and Neighbour facts. Without a command, a line that has no address or MAC is none."""
    said = ip_command(command)
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line)
        source = Source(file, number)
        facts: list[Fact] | None = None
        if said is not None and said.subject == "neighbour":
            facts = _neighbour(words, host, source)
        elif len(words) > 1 and words[1] in _STATES:
            facts = _device(words, host, source, found, strict=said is None)
        if facts is not None:
            found.facts.extend(facts)
        elif words:
            found.rest.append((number, line))
    return found


def _device(words: list[str], host: Host, source: Source, found: Parsed, *, strict: bool) -> list[Fact] | None:
    """`eth0@if19 UP 10.244.1.233/32 fe80::1/64`, `eth0@if19 UP 4e:5b:57:45:63:3b <BROADCAST,UP>`."""
    name, _, peer = words[0].partition("@")
    peer_index = whole_number(peer[2:]) if peer.startswith("if") else None
    mac = mac_or_none(words[2]) if len(words) > 2 else None
    flags = words[-1][1:-1].split(",") if words[-1][0] == "<" and words[-1][-1] == ">" and len(words[-1]) > 2 else []
    device = Interface(
        host,
        name,
        None,
        mac,
        source,
        peer_index=peer_index,
        peer_name=peer if peer and peer_index is None and peer != "NONE" else None,
        flags=tuple(flags),
        state=words[1],
        index_source=source,
    )
    if mac is not None or flags:
        return [device]
    facts: list[Fact] = [device]
    unknown: list[str] = []
    rest = iter(words[2:])
    for word in rest:
        text, slash, length = word.partition("/")
        ip = ip_or_none(text)
        bits = whole_number(length) if slash else ip.bits if ip else None
        if word in {"peer", "metric"}:  # `10.0.0.1 peer 10.0.0.2/32`
            next(rest, "")
        elif ip is not None and bits is not None and bits <= ip.bits:
            facts.append(Address(host, name, ip, bits, source))
        else:
            unknown.append(word)
    if strict and (unknown or len(facts) == 1):
        return None
    if unknown:
        text = " ".join(unknown)[:80]
        found.notes.append(Note(source.file, source.line, f"unknown words: {text!r}", "unknown"))
    return facts


def _neighbour(words: list[str], host: Host, source: Source) -> list[Fact] | None:
    """`10.0.0.9 eth0 02:00:00:00:00:09`; without a MAC where it is unresolved."""
    ip = ip_or_none(words[0]) if len(words) > 1 else None
    if ip is None:
        return None
    return [Neighbour(host, ip, mac_or_none(words[2]) if len(words) > 2 else None, source, device=words[1])]
