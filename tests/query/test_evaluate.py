"""Which frames does each kind of test match?"""

from __future__ import annotations

import numpy as np
import pytest

from tests.query.frames import make, numbers
from vxlan_dissect import query
from vxlan_dissect.errors import QueryError

# 1: an echo request in VXLAN; 2: a neighbour advertisement, not in a tunnel; 3: ARP; 4: TCP; 5: a cut frame.
PACKETS = make(
    [
        {
            "frame.len": 168,
            "frame.time_epoch": 1_720_770_268_594_856_000,
            "frame.layers": 1,
            "frame.interface_id": 0,
            "outer.eth.src": "4e:5b:57:aa:bb:01",
            "outer.eth.dst": "4e:5b:57:aa:bb:02",
            "outer.ip.src": "172.18.0.2",
            "outer.ip.dst": "172.18.0.3",
            "outer.ip.ttl": 64,
            "outer.ip.proto": 17,
            "outer.udp.srcport": 40000,
            "outer.udp.dstport": 8472,
            "outer.vxlan.vni": 10398,
            "outer.vxlan.flags": 0x0800,
            "outer.vxlan.recognised_by": 0,
            "eth.src": "a2:79:14:47:80:b3",
            "eth.dst": "0e:00:00:00:00:01",
            "ipv6.src": "fd00:10:244:1::4749",
            "ipv6.dst": "fd00:10:244:2::9461",
            "ipv6.hlim": 63,
            "icmpv6.type": 128,
        },
        {
            "frame.len": 86,
            "frame.layers": 0,
            "frame.interface_id": 1,
            "eth.src": "a2:79:14:47:80:b3",
            "eth.dst": "0e:00:00:00:00:01",
            "ipv6.src": "fd00:10:244:1::22f1",
            "ipv6.dst": "fd00:10:244:1::4749",
            "ipv6.hlim": 255,
            "icmpv6.type": 136,
            "icmpv6.nd.na.flag.s": True,
            "icmpv6.nd.na.flag.o": False,
        },
        {
            "frame.len": 42,
            "frame.layers": 2,
            "eth.src": "4e:5b:57:aa:bb:01",
            "eth.dst": "ff:ff:ff:ff:ff:ff",
            "arp.opcode": 1,
            "arp.dst.proto_ipv4": "10.244.1.17",
        },
        {
            "frame.len": 74,
            "ip.src": "10.244.1.9",
            "ip.dst": "10.244.2.9",
            "ip.dsfield": 0xB9,
            "tcp.srcport": 443,
            "tcp.dstport": 50000,
            "tcp.flags": 0x12,
            "quoted.udp.srcport": 53,
        },
        {"frame.len": 20, "damage.layer": 1, "damage.need": 20, "damage.have": 6},
    ]
)


def found(expression: str) -> list[int]:
    """The numbers of the frames that match."""
    return numbers(PACKETS, query.compile(expression).mask(PACKETS))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("frame", [1, 2, 3, 4, 5]),
        ("eth", [1, 2, 3]),
        ("icmpv6", [1, 2]),
        ("icmp6", [1, 2]),
        ("vxlan", [1]),
        ("outer.vxlan", [1]),
        ("inner.vxlan", []),
        ("inner.ip", [4]),
        ("outer.ip", [1]),
        ("ip", [1, 4]),
        ("udp", [1]),
        ("quoted.udp", [4]),
        ("vlan", []),
        ("sll", []),
        ("outer.vxlan.vni", [1]),
        ("ip.addr", [1, 4]),
        ("damage.layer", [5]),
    ],
)
def test_presence(expression, expected):
    """A protocol or a field alone asks whether it is there, at the level that its prefix says."""
    assert found(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("eth.src == 4e:5b:57:aa:bb:01", [1, 3]),
        ("inner.eth.src == 4e:5b:57:aa:bb:01", [3]),
        ("outer.eth.src == 4e:5b:57:aa:bb:01", [1]),
        ("eth.src == 4e5b.57aa.bb01", [1, 3]),
        ("udp.port == 53", []),
        ("quoted.udp.port == 53", [4]),
    ],
)
def test_levels(expression, expected):
    """Without prefix the innermost packet and the one around it count, never the quoted one."""
    assert found(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("frame.len == 86", [2]),
        ("frame.len != 86", [1, 3, 4, 5]),
        ("frame.len < 42", [5]),
        ("frame.len <= 42", [3, 5]),
        ("frame.len > 86", [1]),
        ("frame.len ge 86", [1, 2]),
        ("frame.len == 0x56", [2]),
        ("frame.len in {20, 42..80}", [3, 4, 5]),
        ("frame.len not in {20, 42..80}", [1, 2]),
        ("ipv6.hlim == 255", [2]),
        ("ipv6.hlim < 0", []),
        ("ipv6.hlim >= 0", [1, 2]),
        ("icmpv6.nd.na.flag.s == 1", [2]),
        ("icmpv6.nd.na.flag.o == False", [2]),
        ("icmpv6.nd.na.flag.o >= 0", [2]),
        ("icmpv6.nd.na.flag.o > 0", []),
        ("icmpv6.nd.na.flag.s == true", [2]),
        ("icmpv6.type == echo-request", [1]),
        ("icmpv6.type == Neighbor-Advertisement", [2]),
        ("vxlan.recognised_by == port", [1]),
        ("frame.time_epoch == 1720770268.594856", [1]),
        ("frame.time_epoch > 1720770268.594855999", [1]),
        ("frame.time_epoch < 1720770268.594856", []),
    ],
)
def test_numbers(expression, expected):
    """Numbers compare as numbers, in decimal, hexadecimal or by name; times in seconds to the nanosecond."""
    assert found(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ip.src == 172.18.0.0/16", [1]),
        ("ip.addr == 10.244.2.0/24", [4]),
        ("ip.src in {10.0.0.0/8, 172.18.0.2}", [1, 4]),
        ("ip.src in {10.244.1.1..10.244.1.9}", [4]),
        ("ip.src in {10.244.1.1..10.244.1.8}", []),
        ("ip.src > 10.244.1.9", [1]),
        ("ip.src == 0.0.0.0/0", [1, 4]),
        ("ipv6.src == fd00:10:244:1::/64", [1, 2]),
        ("ip6.dst == fd00:10:244:2::9461", [1]),
        ("ipv6.src == ::/0", [1, 2]),
        ("ipv6.dst > fd00:10:244:1::4749", [1]),
        ("ipv6.dst < fd00:10:244:2::", [2]),
        ("ipv6.dst <= fd00:10:244:1::4749", [2]),
        ("ipv6.src in {fd00:10:244:1::1..fd00:10:244:1::4000}", [2]),
        ("eth.src[0:3] == 4e:5b:57", [1, 3]),
        ("eth.src[:3] in {a2:79:14, 00:00:00}", [1, 2]),
        ("eth.dst[0] == ff", [3]),
        ("eth.src[4:] == 80:b3", [1, 2]),
        ("eth.src[4:2] == 80:b3", [1, 2]),
        ("eth.src[4-5] == 80:b3", [1, 2]),
        ("eth.src[-2:] == 80:b3", [1, 2]),
        ("eth.src[-1] == b3", [1, 2]),
        ("eth.src == 4e:5b:57:00:00:00/24", [1, 3]),
        ("eth.addr in {0e:00:00:00:00:00/8, ff:ff:ff:ff:ff:ff}", [1, 2, 3]),
        ("eth.dst == 00:00:00:00:00:00/0", [1, 2, 3]),
        ("eth.src[1:1] != 5b", [2]),
    ],
)
def test_addresses(expression, expected):
    """Addresses compare as numbers, so that prefixes, ranges and the bytes of a MAC are ranges of numbers."""
    assert found(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tcp.flags.syn == 1", [4]),
        ("tcp.flags.syn == 1 and tcp.flags.ack == 1 and tcp.flags.fin == 0", [4]),
        ("tcp.flags.reset == 1", []),
        ("ip.dsfield.dscp == 46", [4]),
        ("ip.dsfield.ecn == 1", [4]),
        ("vxlan.flag_i == 1", [1]),
    ],
)
def test_bits(expression, expected):
    """Names for some bits of a column read those bits."""
    assert found(expression) == expected


def test_unequal_means_that_no_value_is_equal():
    """As in Wireshark 4, `!=` is true where the field is there and none of its values fits."""
    assert found("eth.addr == ff:ff:ff:ff:ff:ff") == [3]
    assert found("eth.addr != ff:ff:ff:ff:ff:ff") == [1, 2]
    assert found("not eth.addr == ff:ff:ff:ff:ff:ff") == [1, 2, 4, 5]
    assert found("eth.addr != 4e:5b:57:aa:bb:02") == [2, 3]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("icmpv6 and vxlan", [1]),
        ("icmpv6 && !vxlan", [2]),
        ("arp or icmpv6 and vxlan", [1, 3]),
        ("(arp or icmpv6) and vxlan", [1]),
        ("not arp and not tcp", [1, 2, 5]),
        ("not (arp or tcp)", [1, 2, 5]),
        ("not not arp || tcp", [3, 4]),
    ],
)
def test_words_between(expression, expected):
    """`not` binds strongest, then `and`, then `or`, in words or signs."""
    assert found(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('frame.protocols contains "vxlan"', [1]),
        ('frame.protocols == "eth:arp"', [3]),
        ('frame.protocols == "eth:*:icmpv6"', [1, 2]),
        ("frame.protocols", [1, 2, 3]),
        ("frame.interface_name == eth0", [1]),
        ("frame.interface_name", [1]),
        ("damage.layer == ip", [5]),
    ],
)
def test_text_of_the_frame(expression, expected):
    """Layers, the interface's name and the damaged layer are text; a nameless interface has none."""
    assert found(expression) == expected


def join(name):
    """Values as an explanation gives them: `pod` is either side, the rest one value a frame."""
    return {
        "pod": [(np.array([0, 0, -1, 1, -1]), ["cni-a", "web-1"]), (np.array([1, -1, -1, 0, 2]), ["x", "web-2", None])],
        "rule": [(np.array([0, 1, 2, -1, -1]), ["tunnel.encapsulated", "ndp.proxy-advertisement", 'a"b\\c'])],
    }[name]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("pod", [1, 2, 4]),
        ("pod == cni-a", [1, 2]),
        ("pod == web-*", [1, 4]),
        ("pod == *i*a", [1, 2]),
        ("pod == web-1*1", []),
        ("pod != cni-a", [4]),
        ("not pod == cni-a", [3, 4, 5]),
        ('pod in {"x", "web-2"}', [1, 4]),
        ("rule contains proxy", [2]),
        (r'rule == "a\"b\\c"', [3]),
        ("pod == web-* and not rule", [4]),
    ],
)
def test_names_of_the_join(expression, expected):
    """Names of the join compare as text, any of a frame's values counts, and `*` stands for any text."""
    assert numbers(PACKETS, query.compile(expression).mask(PACKETS, join)) == expected


def test_join_that_is_missing():
    """A name of the join without an explanation is an error at that name, not an empty answer."""
    compiled = query.compile("arp or src.pod == web-1")
    assert compiled.needs_join
    with pytest.raises(QueryError, match=r"src\.pod is known only once packets are explained") as caught:
        compiled.mask(PACKETS)
    assert caught.value.position == 7


def test_no_frames():
    """A capture without frames gives an empty mask."""
    assert query.compile("not ip.src == 10.0.0.0/8").mask(make([])).shape == (0,)


def test_where_picks_the_frames():
    """`Packets.where` keeps the frames that match, with their numbers."""
    assert [packet.number for packet in PACKETS.where("arp or tcp")] == [3, 4]
