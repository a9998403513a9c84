"""Which offloads does a device have, by `ethtool -k`?

Run `ethtool -k eth0` on the host, for each device that packets pass.

Law: the device is named on the line `Features for eth0:`, above its features, or by the command; a feature is a line
with `on` or `off`. Source of the form: ethtool, netlink/features.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Offload, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEVICE = re.compile(r"Features for (\S{1,64}):\s*\Z")
_FEATURE = re.compile(r"([a-z0-9][\w-]{0,63}): (on|off)((?: \[[a-z ]{1,32}\])*)\s*\Z")
_SHOW = frozenset(("-k", "k", "--show-features", "--show-offload"))


def listing(command: str | None) -> tuple[str | None, bool] | None:
    """The device of an `ethtool -k` and whether it prints JSON; None for another command."""
    words = command.split() if command else []
    if not words or words[0].rpartition("/")[2] != "ethtool" or _SHOW.isdisjoint(words[1:3]):
        return None
    rest = [word for word in words[1:] if word not in _SHOW and word not in {"--json", "json"}]
    return "-".join(rest) or None, len(rest) < len(words) - 2


def accepts(command: str | None, text: str) -> bool:
    """Text of `ethtool -k`; without a command, its first line."""
    if command is not None:
        said = listing(command)
        return said is not None and not said[1]
    return "Features for " in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Offload facts."""
    said = listing(command)
    device = said[0] if said else None
    found = Parsed([], [], [])
    for number, line in lines:
        text = line.strip()
        heading = _DEVICE.match(text)
        feature = _FEATURE.match(text) if device or heading else None
        if heading:
            device = heading[1]
        elif feature and device:
            fixed = "[fixed]" in feature[3]
            found.facts.append(Offload(host, device, feature[1], feature[2] == "on", Source(file, number), fixed))
        elif words_of(line):
            found.rest.append((number, line))
    return found
