"""What does a list of MACs call them?

Run `cat /etc/ethers`; Wireshark's `ethers` has the same form.

Law: a line is a MAC and a name. Beginnings of MACs, as lists of makers have them, name no interface and are noted.
Sources: ethers(5); Wireshark, epan/addr_resolv.c (parse_ether_line).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Name, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, mac_or_none, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = re.compile(r"[0-9A-Fa-f]{1,2}(?:[:.-][0-9A-Fa-f]{1,2}){1,5}(?:/\d{1,2})?\Z")


def accepts(command: str | None, text: str) -> bool:
    """A file `ethers`; a MAC and a word after it may be anything where nobody says so."""
    del text
    words = command.split() if command else []
    return words in (["ethers"], ["cat", "/etc/ethers"])


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Name facts."""
    del host  # whoever has the list, it speaks of others
    found = Parsed([], [], [])
    makers: list[int] = []
    for number, line in lines:
        words = words_of(line.partition("#")[0])
        mac = mac_or_none(words[0]) if len(words) > 1 else None
        if mac is None and len(words) > 1 and command is not None:
            mac = _unpadded(words[0])
        if mac is not None and command is not None:
            found.facts.append(Name(words[1], Source(file, number), mac=mac))
        elif words and command is not None and _SHORT.match(words[0]):
            makers.append(number)
        elif words_of(line) and (words or not line.lstrip().startswith("#")):
            found.rest.append((number, line))
    if makers:
        why = f"beginnings of MACs, which name no interface: {len(makers)}"
        found.notes.append(Note(file, makers[0], why, "passed-over", len(makers)))
    return found


def _unpadded(text: str) -> int | None:
    """`2:0:0:0:0:9`, as ether_ntoa(3) prints."""
    parts = re.split("[:-]", text) if _SHORT.match(text) and "/" not in text else []
    return int("".join(part.zfill(2) for part in parts), 16) if len(parts) == 6 else None
