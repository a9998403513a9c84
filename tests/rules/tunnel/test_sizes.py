"""Is the overhead of a tunnel counted from the headers that a frame has?"""

from __future__ import annotations

import pytest

from tests.wire.frames import decode_all, ether, ipv4, tcp
from tests.wire.tunnels import EVERY
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.pipeline import explain
from vxlan_dissect.rules.tunnel.sizes import overhead


def added(frame):
    """How many bytes a tunnel adds, None where that is not claimed."""
    found = explain(decode_all([frame]), Inventory())
    parts = overhead(found._situation(0).context)
    return None if parts is None else sum(size for _, size in parts)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("vxlan", 20 + 8 + 8 + 14),
        ("vxlan over IPv6", 40 + 8 + 8 + 14),
        ("geneve", 20 + 8 + 8 + 14),
        ("geneve, DSR", 20 + 8 + 8 + 12 + 14),  # an option of 4 + 8 bytes
        ("geneve around IPv4", 20 + 8 + 8),
        ("gpe around IPv4", 20 + 8 + 8),
        ("ipip", 20),
        ("ip6ip6", 40),
        ("geneve around MPLS", None),
        ("ah in tunnel mode", None),
        ("gre", None),
        ("wireguard data", None),
    ],
)
def test_overhead(name, size):
    """Outer IP, UDP, tunnel with options, inner Ethernet; nothing where a header is of unknown size."""
    assert added(EVERY[name]) == size


def test_no_tunnel():
    """Without a tunnel nothing is added."""
    assert added(ether(ipv4(tcp(), 6), 0x0800)) is None
