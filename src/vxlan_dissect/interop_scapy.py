"""How does a frame become a packet of scapy?

Law: this file alone imports scapy, which is GPL-2.0-only and therefore no part of the core; where it is missing, the
error says how to get it. scapy is given the captured bytes as they are and reads them by its own rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.errors import UsageError

if TYPE_CHECKING:
    from vxlan_dissect.packet import Packet

NANOSECONDS = 1_000_000_000


def packet(frame: Packet) -> Any:
    """The frame as scapy's packet of its link type.

    Raises UsageError where scapy is missing, the frame has no bytes, or scapy does not know its link type.
    """
    try:
        from scapy.config import conf
        from scapy.layers import all as _every_layer  # noqa: F401 - scapy knows a layer once it is imported
        from scapy.utils import EDecimal
    except ImportError:
        raise UsageError("scapy is not installed: pip install 'vxlan_dissect[scapy]'") from None
    linktype, data = frame.linktype, frame.bytes
    layer = conf.l2types.num2layer.get(linktype)
    if layer is None:
        raise UsageError(f"frame {frame.number}: scapy knows no link type {linktype}")
    made = layer(data)
    time, length = frame.integer("frame.time_epoch"), frame.integer("frame.len")
    if time is not None:
        made.time = EDecimal(time) / NANOSECONDS
    made.wirelen = length
    return made
