"""Which connections does a node follow, and which address does it put in place of which?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf nat list`, and `bpf ct list global`.

Law: of an entry the tuple is kept and what it is translated to, no counters. The maps hold half a million entries and
more: so many are read, the rest is counted. Sources: cilium, pkg/maps/ctmap (CtKey4Global.Dump), pkg/maps/nat
(NatEntry4.Dump).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Note, Source, Translation
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of
from vxlan_dissect.inventory.sources.cilium_values import address_port, is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ENTRIES = 50_000
_DIRECTIONS = {"IN": "in", "OUT": "out", "SVC": "service"}  # SVC since v1.16, `service` at the end before


def accepts(command: str | None, text: str) -> bool:
    """The entries of these maps; without a command, words that only they have."""
    if command is not None:
        return is_agent_command(command, "bpf ct list", "bpf nat list", json=False)
    return " -> " in text and (" XLATE_" in text or " SourceSecurityID=" in text)


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Translation facts."""
    del command
    found = Parsed([], [], [])
    left = 0
    for number, line in lines:
        if len(found.facts) >= MOST_ENTRIES and " -> " in line:
            left += 1
            continue
        words = words_of(line)
        entry = _entry(words, host, Source(file, number))
        if entry is not None:
            found.facts.append(entry)
        elif words:
            found.rest.append((number, line))
    if left:
        found.notes.append(Note(file, None, f"{left} entries above {MOST_ENTRIES} were not read", "skipped", left))
    return found


def _entry(words: list[str], host: Host, source: Source) -> Translation | None:
    """`TCP OUT 10.0.0.1:33388 -> 192.0.2.7:80 XLATE_SRC 172.18.0.4:33388 Created=155sec ago NeedsCT=0`."""
    if len(words) < 6 or words[3] != "->" or words[1] not in _DIRECTIONS:
        return None
    first, second = address_port(words[2]), address_port(words[4])
    if first is None or second is None:
        return None
    translated = words[5] in {"XLATE_SRC", "XLATE_DST"}
    to = address_port(words[6]) if translated and len(words) > 6 else None
    if not translated and not any("=" in word for word in words[5:]):
        return None
    return Translation(
        host,
        "nat" if translated else "ct",
        words[0],
        first[0],
        first[1],
        second[0],
        second[1],
        source,
        direction="service" if "service" in words[5:] else _DIRECTIONS[words[1]],
        to=to[:2] if to else None,
        to_source=words[5] == "XLATE_SRC",
    )
