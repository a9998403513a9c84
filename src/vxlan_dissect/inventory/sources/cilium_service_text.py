"""Which backends does an agent have for the address of a service?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg service list`.

Law: a row is a frontend with its first backend; a row that begins with a backend's number belongs to the frontend
above it. Source: cilium, cilium-dbg/cmd/service_list.go (printServiceList).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Backend, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of
from vxlan_dissect.inventory.sources.cilium_values import address_port, is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

# `1 10.96.0.1:443 ClusterIP 1 => 172.18.0.2:6443 (active)`; the number of the service stands there up to v1.17.
_BACKEND = re.compile(r"(?:\A| )\d+ => (\S{4,80})(?: \(([\w-]*)\))?(?: \(preferred\))?\Z")


def accepts(command: str | None, text: str) -> bool:
    """The table of `service list`; without a command, its header."""
    if command is not None:
        return is_agent_command(command, "service list", json=False)
    return "Frontend" in text and "Service Type" in text and "Backend" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Backend facts."""
    del host, command  # every agent has them all
    found = Parsed([], [], [])
    frontend = None
    for number, line in lines:
        words = words_of(line)
        if not words or {"Frontend", "Backend"} <= set(words):
            continue
        named = next((said for word in words[:2] if (said := address_port(word)) is not None), None)
        match = _BACKEND.search(" ".join(words))
        said = address_port(match[1]) if match else None
        if named is not None:
            frontend = named
        if match is None or said is None or frontend is None:
            if named is None:  # a frontend without backends says nothing that is kept
                found.rest.append((number, line))
            continue
        ready = match[2] == "active" if match[2] else None
        source = Source(file, number)
        found.facts.append(
            Backend(said[0], said[1], said[2] or frontend[2], source, frontend=frontend[:2], ready=ready)
        )
    return found
