"""How is an address written, and what does its value give away?

Law: an address is an integer until someone reads it. A MAC is an int of 48 bits, an IP address is `IP(version, value)`;
text is made and read here and nowhere else. RFC 4291 (IPv6, EUI-64, solicited-node), RFC 2464 (multicast MACs),
RFC 5952 (text form, as the C library writes it).
"""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

_MAC = re.compile(
    r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}\Z"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}\Z"
)
_EUI64_FILLER = 0xFFFE << 24
_SOLICITED_NODE = 0xFF0200000000000000000001FF000000
BROADCAST_MAC = 0xFFFFFFFFFFFF
MULTICAST_NAMES = {
    0xFF020000000000000000000000000001: "all nodes",
    0xFF020000000000000000000000000002: "all routers",
    0xFF020000000000000000000000000016: "MLDv2 routers",
}


class IP(NamedTuple):
    """An IP address: `version` 4 or 6, `value` the address as an unsigned integer. Sorts, hashes and prints."""

    version: int
    value: int

    def __str__(self) -> str:
        if self.version == 4:
            return socket.inet_ntop(socket.AF_INET, self.value.to_bytes(4, "big"))
        return socket.inet_ntop(socket.AF_INET6, self.value.to_bytes(16, "big"))

    @property
    def bits(self) -> int:
        """32 or 128."""
        return 32 if self.version == 4 else 128

    @property
    def is_link_local(self) -> bool:
        """In fe80::/10 or 169.254.0.0/16."""
        return self.value >> 118 == 0x3FA if self.version == 6 else self.value >> 16 == 0xA9FE

    @property
    def is_multicast(self) -> bool:
        """In ff00::/8 or 224.0.0.0/4."""
        return self.value >> 120 == 0xFF if self.version == 6 else self.value >> 28 == 0xE

    @property
    def is_unspecified(self) -> bool:
        """:: or 0.0.0.0."""
        return self.value == 0

    @property
    def is_loopback(self) -> bool:
        """::1 or 127.0.0.0/8."""
        return self.value == 1 if self.version == 6 else self.value >> 24 == 127


class Prefix(NamedTuple):
    """An address range: `ip` as written, `length` in bits. `address in prefix` tests membership."""

    ip: IP
    length: int

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, IP) or address.version != self.ip.version:
            return False
        shift = self.ip.bits - self.length
        return address.value >> shift == self.ip.value >> shift

    def __str__(self) -> str:
        return f"{self.ip}/{self.length}"


def parse_mac(text: str) -> int:
    """Read `a2:79:14:47:80:b3` (also with dashes, or dotted as Cisco writes it). Raises ValueError."""
    if not _MAC.match(text):
        raise ValueError(f"not a MAC address: {text!r}")
    return int(re.sub("[^0-9A-Fa-f]", "", text), 16)


def format_mac(mac: int) -> str:
    """Write 0xa279144780b3 as `a2:79:14:47:80:b3`."""
    return mac.to_bytes(6, "big").hex(":")


def parse_ip(text: str) -> IP:
    """Read an IPv4 or IPv6 address; a zone (`%eth0`) is dropped. Raises ValueError."""
    bare = text.partition("%")[0]
    family, version = (socket.AF_INET6, 6) if ":" in bare else (socket.AF_INET, 4)
    try:
        return IP(version, int.from_bytes(socket.inet_pton(family, bare), "big"))
    except (OSError, ValueError, UnicodeError):
        raise ValueError(f"not an IP address: {text!r}") from None


def parse_prefix(text: str) -> Prefix:
    """Read `10.244.1.0/24` or a bare address (full length). Raises ValueError."""
    address, slash, length = text.partition("/")
    ip = parse_ip(address)
    if not slash:
        return Prefix(ip, ip.bits)
    if not (length.isascii() and length.isdigit() and int(length) <= ip.bits):
        raise ValueError(f"not a prefix: {text!r}")
    return Prefix(ip, int(length))


def is_multicast_mac(mac: int) -> bool:
    """Group bit set (broadcast included)."""
    return bool(mac >> 40 & 1)


def is_local_mac(mac: int) -> bool:
    """Locally administered: made up by software, as veth and Cilium MACs are."""
    return bool(mac >> 41 & 1)


def link_local_of(mac: int) -> IP:
    """The EUI-64 link-local address of a MAC (RFC 4291 appendix A)."""
    high, low = mac >> 24, mac & 0xFFFFFF
    return IP(6, 0xFE80 << 112 | (high ^ 0x020000) << 40 | _EUI64_FILLER | low)


def mac_of_link_local(ip: IP) -> int | None:
    """The MAC that an EUI-64 link-local address was made from, or None where it was not made that way."""
    if ip.version != 6 or ip.value >> 64 != 0xFE80 << 48 or ip.value & 0xFFFF << 24 != _EUI64_FILLER:
        return None
    return (ip.value >> 40 & 0xFFFFFF ^ 0x020000) << 24 | ip.value & 0xFFFFFF


def solicited_node(ip: IP) -> IP:
    """The solicited-node group of an IPv6 address (RFC 4291 section 2.7.1)."""
    return IP(6, _SOLICITED_NODE | ip.value & 0xFFFFFF)


def is_solicited_node(ip: IP) -> bool:
    """In ff02::1:ff00:0/104."""
    return ip.version == 6 and ip.value >> 24 == _SOLICITED_NODE >> 24


def multicast_mac(ip: IP) -> int:
    """The Ethernet group address of a multicast IP (RFC 2464 section 7, RFC 1112 section 6.4)."""
    return 0x333300000000 | ip.value & 0xFFFFFFFF if ip.version == 6 else 0x01005E000000 | ip.value & 0x7FFFFF
