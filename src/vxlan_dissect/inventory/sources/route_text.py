"""Which routes does `route -n` print?

Run `route -n` on the host (`route -6 -n`, `netstat -rn`).

Law: a row has the columns of its title line; only numbers, `default` and `*` are read, since names of networks say
nothing without the host's own files. Sources: net-tools, lib/inet_gr.c and lib/inet6_gr.c; busybox, networking/route.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import Prefix
from vxlan_dissect.inventory.model import Host, Note, Route, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, prefix_or_none, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLES_4 = ("Destination", "Gateway", "Genmask", "Flags")
_TITLES_6 = ("Destination", "Next", "Hop")
_NO_ADDRESS = "0.0.0.0"  # noqa: S104  # nothing is bound here
_ANY = frozenset((_NO_ADDRESS, "*", "::", "[::]"))


def accepts(command: str | None, text: str) -> bool:
    """Text of `route` or `netstat -r`; without a command, the titles of the table."""
    if command is not None:
        words = command.split()
        tool = words[0].rpartition("/")[2] if words else ""
        options = {letter for word in words[1:] if word.startswith("-") for letter in word[1:]}
        if tool == "netstat":
            return "r" in options
        # A file name has lost the dash of `-n`; anything else asks for a change, or is a sentence.
        return tool == "route" and all(
            word[0] == "-" or len(word) == 1 or word in {"inet", "inet6"} for word in words[1:]
        )
    return all(title in text for title in _TITLES_4) or "Next Hop" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Route facts."""
    del command
    found = Parsed([], [], [])
    family = 0  # of the table that the lines belong to
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        route = None
        if tuple(words[:4]) == _TITLES_4:
            family = 4
        elif tuple(words[:3]) == _TITLES_6:
            family = 6
        elif family == 4 and len(words) >= 8:
            route = _row4(words, host, Source(file, number))
        elif family == 6 and len(words) >= 7:
            route = _row6(words, host, Source(file, number))
        if route is not None:
            found.facts.append(route)
        elif family and len(words) >= 7 and words[-1].isascii() and words[0][0].isdecimal():
            found.notes.append(Note(file, number, f"not a route: {line.strip()[:80]!r}", "bad-value"))
        elif words[0] not in {"Destination", "Kernel"}:
            found.rest.append((number, line))
    return found


def _row4(words: list[str], host: Host, source: Source) -> Route | None:
    """`10.244.1.0 10.244.1.0 255.255.255.0 UG 0 0 0 flannel.1`."""
    length = length_of_mask(words[2])
    ip = ip_or_none(_NO_ADDRESS if words[0] in {"default", "*"} else words[0])
    gateway = None if words[1] in _ANY or words[1] == "-" else ip_or_none(words[1])
    if ip is None or length is None or (gateway is None and words[1] not in _ANY and words[1] != "-"):
        return None
    return Route(
        host,
        Prefix(ip, length) if length else None,
        4,
        source,
        via=gateway,
        device=None if words[7] == "-" else words[7],
        kind="unreachable" if "!" in words[3] else "unicast",
    )


def _row6(words: list[str], host: Host, source: Source) -> Route | None:
    """`fd00:10:244:1::/64 :: U 256 1 0 cni0`."""
    prefix = prefix_or_none(words[0].replace("[", "").replace("]", ""))
    gateway = ip_or_none(words[1])
    if prefix is None or gateway is None:
        return None
    return Route(
        host,
        prefix if prefix.length else None,
        6,
        source,
        via=None if words[1] in _ANY else gateway,
        device=words[-1],
        kind="unreachable" if "!" in words[2] else "unicast",
    )


def length_of_mask(mask: str) -> int | None:
    """The length of a netmask; None for one with a hole."""
    ip = ip_or_none(_NO_ADDRESS if mask == "*" else mask)
    if ip is None or ip.version != 4:
        return None
    length = ip.value.bit_count()
    return length if ip.value == (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF else None
