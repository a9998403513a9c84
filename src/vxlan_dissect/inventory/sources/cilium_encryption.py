"""How does a node encrypt what it sends to others?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg encrypt status`.

Law: a line is a key and a value; only keys that the command prints are read. Source: cilium,
cilium-dbg/cmd/encrypt_status.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Agent, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEYS = frozenset(("Encryption", "Interface", "Keys in use", "Max Seq. Number", "Errors", "Decryption interface(s)"))
_OF_INTERFACE = frozenset(("Public key", "Number of peers"))


def accepts(command: str | None, text: str) -> bool:
    """`encrypt status`; without a command, its first line with one that follows it."""
    if command is not None:
        return is_agent_command(command, "encrypt status", "encrypt", json=False)
    return "Encryption:" in text and any(f"{key}:" in text for key in ("Keys in use", "Number of peers"))


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Agent facts; the keys below an interface's name are said of that interface."""
    del command
    found = Parsed([], [], [])
    interface: str | None = None
    for number, line in lines:
        key, colon, value = line.strip().partition(":")
        said = " ".join(words_of(value))
        if colon and key in _OF_INTERFACE and interface:
            found.facts.append(Agent(host, f"{key} of {interface}", said, Source(file, number)))
        elif colon and key in _KEYS:
            interface = said if key == "Interface" else None
            found.facts.append(Agent(host, key, said, Source(file, number)))
        elif line.strip() and not (colon and line[:1].isspace() and found.facts):  # which errors of xfrm
            found.rest.append((number, line))
    return found
