"""How does a frame become a packet of dpkt?

Law: dpkt is given the captured bytes as they are; what it refuses is said with the frame's number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.errors import UsageError

if TYPE_CHECKING:
    from vxlan_dissect.packet import Packet

# LINKTYPE_ number -> module and class (tcpdump.org/linktypes.html); raw IP says its version in its first bits.
_CLASSES = {
    0: ("loopback", "Loopback"), 1: ("ethernet", "Ethernet"), 108: ("loopback", "Loopback"), 113: ("sll", "SLL"),
    228: ("ip", "IP"), 229: ("ip6", "IP6"), 276: ("sll2", "SLL2"),
}  # fmt: skip
_RAW = 101


def packet(frame: Packet) -> Any:
    """The frame as dpkt's packet of its link type.

    Raises UsageError where the frame has no bytes, dpkt does not know its link type, or finds the frame damaged.
    """
    from importlib import import_module

    import dpkt

    linktype, data = frame.linktype, frame.bytes
    if linktype == _RAW:
        linktype = 229 if data[:1] and data[0] >> 4 == 6 else 228
    if linktype not in _CLASSES:
        raise UsageError(f"frame {frame.number}: dpkt knows no link type {linktype}")
    module, name = _CLASSES[linktype]
    try:
        return getattr(import_module(f"dpkt.{module}"), name)(data)
    except (dpkt.Error, IndexError, ValueError) as error:
        raise UsageError(f"frame {frame.number}: dpkt cannot read it: {error}") from None
