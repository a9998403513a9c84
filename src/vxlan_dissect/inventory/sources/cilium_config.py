"""How is an agent configured?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg config --all`. `cilium config view` on the administrator's
machine prints the same of the config map.

Law: a line is an option and its value, parted by a colon (the agent) or by blanks (the config map). Sources: cilium,
cilium-dbg/cmd/config.go, helpers.go (dumpConfig), cilium-cli/config/config.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Setting, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTION = re.compile(r"(\s?)\s*([A-Za-z][\w./-]{0,100})\s*: ?(.{0,4000})\Z")
_VIEWED = re.compile(r"()([a-z][\w./-]{0,100})(?: +(\S.{0,4000}))?\Z")
_GROUP = re.compile(r"[A-Za-z][\w-]{0,100}\Z")  # a key of the read-only ones that holds further keys
_HEADING = re.compile(r"^####+ Read-(?:write|only) configurations ####+", re.MULTILINE)


def accepts(command: str | None, text: str) -> bool:
    """`config`; without a command, the heading of the agent's."""
    if command is not None:
        return is_agent_command(command, "config", json=False)
    return _HEADING.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Setting facts; what the config map says is of no host."""
    viewed = is_agent_command(command, "config view", json=False)
    found = Parsed([], [], [])
    inside, group = command is not None, ""
    for number, line in lines:
        if _HEADING.match(line):
            inside, group = True, ""
            continue
        match = (_VIEWED if viewed else _OPTION).match(line.rstrip()) if inside and len(line) < 4200 else None
        if match:
            group = group if match[1] else ""
            key = f"{group}.{match[2]}" if group else match[2]
            value, source = (match[3] or "").strip(), Source(file, number)
            found.facts.append(Setting("cilium-config", key, value, source, None if viewed else host))
        elif inside and _GROUP.match(line):
            group = line
        elif line.strip():
            found.rest.append((number, line))
    return found
