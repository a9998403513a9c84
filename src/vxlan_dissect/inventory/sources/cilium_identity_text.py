"""Which labels stand behind a security identity?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg identity list`. The VNI of a packet between nodes is the
identity of its sender.

Law: a row begins with the number; a line that is one label belongs to the row above it. Source: cilium,
cilium-dbg/cmd/identity_list.go, identity_get.go (printIdentities).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Identity, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, whole_number, words_of
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command, is_label, namespace_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def accepts(command: str | None, text: str) -> bool:
    """The table of `identity list`; without a command, its header."""
    if command is not None:
        return is_agent_command(command, "identity list", "identity get", json=False)
    return any(line.split()[:2] == ["ID", "LABELS"] for line in text.split("\n") if line.startswith("ID "))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Identity facts."""
    del host  # the numbers are the cluster's
    found = Parsed([], [], [])
    current: Identity | None = None
    inside = command is not None
    for number, line in lines:
        words = words_of(line)
        if not words:
            continue
        if words[:2] == ["ID", "LABELS"]:
            inside, current = True, None
        elif inside and len(words) in {2, 3} and words[0].isdecimal() and is_label(words[1]):
            identity = whole_number(words[0])
            if identity is None:
                found.rest.append((number, line))
                continue
            current = Identity(identity, Source(file, number), (words[1],), namespace_of((words[1],)))
            found.facts.append(current)
        elif len(words) == 1 and current is not None and is_label(words[0]):
            labels = (*current.labels, words[0])
            current = current._replace(labels=labels, namespace=namespace_of(labels))
            found.facts[-1] = current
        else:
            found.rest.append((number, line))
    return found
