"""Which frames are of one conversation?"""

from __future__ import annotations

import numpy as np

from tests.explain.made import FAR_IP, FAR_IP4, POD_IP, POD_IP4, packets
from vxlan_dissect.explain.flows import address, flows, points


def frame(src, dst, ports, transport="tcp", **more):
    """A frame between two addresses and ports."""
    family = "ipv6" if ":" in src else "ip"
    ends = {f"{transport}.srcport": ports[0], f"{transport}.dstport": ports[1]}
    return {f"{family}.src": src, f"{family}.dst": dst, **ends, **more}


def words(*rows, transport="tcp"):
    """The words and turns of frames."""
    found = flows(packets(*rows), np.arange(len(rows)), transport)
    return [bytes(one) for one in found.words], found.turned.tolist()


def test_both_directions_are_one():
    """Who sends does not matter, but is told."""
    for one, other in ((POD_IP, FAR_IP), (POD_IP4, FAR_IP4), (POD_IP, POD_IP)):
        (there, back), turned = words(frame(one, other, (40000, 80)), frame(other, one, (80, 40000)))
        assert there == back
        assert turned[0] != turned[1]


def test_what_tells_conversations_apart():
    """Another address, another port on either side, or UDP instead of TCP."""
    rows = [frame(POD_IP, FAR_IP, (40000, 80)), frame(POD_IP, FAR_IP, (40001, 80)), frame(POD_IP, FAR_IP, (40000, 81))]
    found, _ = words(*rows, frame(POD_IP, POD_IP, (40000, 80)), frame(POD_IP4, FAR_IP4, (40000, 80)))
    assert len(set(found)) == 5
    assert words(frame(POD_IP, FAR_IP, (40000, 80), "udp"), transport="udp")[0][0] not in found


def test_addresses():
    """IPv4 addresses are told from IPv6 ones with the same number, and from none."""
    found = packets({"ip.src": "0.0.0.1"}, {"ipv6.src": "::1"}, {"ipv6.src": "2001:db8::1"}, {"arp.opcode": 1})
    high, low = address(found, np.arange(4), "ipv6.src", "ip.src")
    assert high.tolist() == [0, 0, 0x20010DB8 << 32, 0]
    assert low.tolist() == [0xFFFF00000001, 1, 1, 0]


def test_points():
    """Interfaces of the file and of a cooked capture tell points apart."""
    places = [{}, {"sll.ifindex": 4}, {"frame.interface_id": 4}, {"frame.interface_id": 4, "sll.ifindex": 4}]
    rows = [frame(POD_IP, FAR_IP, (1, 2), **place) for place in places]
    assert len(set(points(packets(*rows), np.arange(4)).tolist())) == 4
