"""Which identity and node does an agent's own cache give an address?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg ip list -n`. Without `-n` an identity is printed as its labels.

Law: a row begins with an address range; reserved identities have names. Source: cilium, cilium-dbg/cmd/ip_list.go
(printEntry), pkg/identity/numericidentity.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import CacheEntry, Host, Note, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, prefix_or_none, whole_number, words_of
from vxlan_dissect.inventory.sources.cilium_values import RESERVED, is_agent_command, is_label, without_cluster

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepts(command: str | None, text: str) -> bool:
    """The table of `ip list`; without a command, its header."""
    if command is not None:
        return is_agent_command(command, "ip list", json=False)
    return any(line.split()[:3] == ["IP", "IDENTITY", "SOURCE"] for line in text.split("\n") if line[:3] == "IP ")


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """CacheEntry facts."""
    found = Parsed([], [], [])
    inside = command is not None
    labelled: list[int] = []
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        if words[:3] == ["IP", "IDENTITY", "SOURCE"]:
            inside = True
            continue
        prefix = prefix_or_none(without_cluster(words[0])) if inside and len(words) > 1 else None
        if prefix is None:
            if not (labelled and len(words) == 1 and is_label(words[0])):
                found.rest.append((number, line))
            continue
        identity = RESERVED.get(words[1].removeprefix("reserved:"), whole_number(words[1]))
        if identity is None:
            labelled.append(number)
            continue
        node = ip_or_none(words[3]) if len(words) > 4 else None
        key = whole_number(words[4]) if len(words) > 4 else None
        found.facts.append(CacheEntry(host, prefix, Source(file, number), identity, node, encrypt_key=key or None))
    if labelled:
        why = "the identity is told by its labels alone: `ip list -n` prints its number"
        found.notes.append(Note(file, labelled[0], why, "bad-value", len(labelled)))
    return found
