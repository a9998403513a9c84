"""Which group does a multicast address stand for?

Law: a solicited-node group keeps 24 bits of an address (RFC 4291, 2.7.1), so the addresses that it may stand for are
those known that end so.
"""

from __future__ import annotations

from vxlan_dissect.addresses import (
    BROADCAST_MAC,
    IP,
    MULTICAST_NAMES,
    format_mac,
    is_solicited_node,
    multicast_mac,
)

_MOST_NAMED = 8


def ip_group(ip: IP, by_low_bits: dict[int, list[IP]]) -> str:
    """A multicast address in words; `by_low_bits` are the known IPv6 addresses by their last 24 bits."""
    if ip.version == 6 and is_solicited_node(ip):
        known = by_low_bits.get(ip.value & 0xFFFFFF, [])
        return "solicited-node group" + (f" of {', '.join(map(str, known[:_MOST_NAMED]))}" if known else "")
    return f"multicast group {MULTICAST_NAMES.get(ip.value, str(ip)) if ip.version == 6 else ip}"


def mac_group(mac: int, by_low_bits: dict[int, list[IP]]) -> str:
    """A multicast MAC in words."""
    if mac == BROADCAST_MAC:
        return "broadcast"
    if mac >> 24 == 0x3333FF:
        return ip_group(IP(6, 0xFF0200000000000000000001FF000000 | mac & 0xFFFFFF), by_low_bits)
    named = {multicast_mac(IP(6, value)): name for value, name in MULTICAST_NAMES.items()}
    return f"multicast group {named.get(mac, format_mac(mac))}"
