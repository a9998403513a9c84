"""Which checksums of a frame have a status?

Law: statuses come from `explain.traits`, so that they are the same for all frames of a context; a checksum that was not
judged has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.traits import checksum

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

# column before `.checksum` -> what a reader calls it
_TITLES = {"tcp": "TCP", "udp": "UDP", "icmp": "ICMP", "icmpv6": "ICMPv6"}
ABOVE_IP = {
    level + name: word + title for level, word in (("", ""), ("outer.", "outer ")) for name, title in _TITLES.items()
}


def with_status(context: Context, status: int, names: dict[str, str]) -> list[tuple[str, str]]:
    """The checksums of a frame that have a status, as (column, words)."""
    return [(name, words) for name, words in names.items() if checksum(context.packet, name) == status]
