"""Are addresses read, written and understood as their RFCs have them?"""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect import addresses
from vxlan_dissect.addresses import IP, Prefix, parse_ip, parse_mac, parse_prefix

MAC = 0xA279144780B3


@pytest.mark.parametrize("text", ["a2:79:14:47:80:b3", "A2:79:14:47:80:B3", "a2-79-14-47-80-b3", "a279.1447.80b3"])
def test_macs_in_every_notation(text):
    """Colons, dashes, and dots as Cisco writes them."""
    assert parse_mac(text) == MAC


@pytest.mark.parametrize(
    "text",
    ["", "a2:79:14:47:80", "a2:79:14:47:80:b3:00", "a2:79:14:47:80:bg", "a2:79-14:47:80:b3", "a27914.4780b3",
     "a2:79:14:47:80:b3\n", " a2:79:14:47:80:b3", "a279144780b3", "a2:79:14:47:80:b"],
)  # fmt: skip
def test_what_is_no_mac(text):
    """Other lengths, mixed separators, and anything around it."""
    with pytest.raises(ValueError, match="not a MAC address"):
        parse_mac(text)


@given(st.integers(0, (1 << 48) - 1))
def test_macs_round_trip(mac):
    """What is written is read back."""
    assert parse_mac(addresses.format_mac(mac)) == mac


@given(st.integers(0, (1 << 128) - 1))
def test_ipv6_round_trips(value):
    """What is written is read back, and the standard library reads the same."""
    text = str(IP(6, value))
    assert parse_ip(text) == IP(6, value)
    assert int(ipaddress.IPv6Address(text)) == value


@given(st.integers(0, (1 << 32) - 1))
def test_ipv4_is_written_as_the_standard_library_does(value):
    """Dotted decimal, both ways."""
    assert str(IP(4, value)) == str(ipaddress.IPv4Address(value))
    assert parse_ip(str(IP(4, value))) == IP(4, value)


def test_a_zone_is_dropped():
    """`%eth0` says where a link-local address is valid and is no part of it."""
    assert parse_ip("fe80::1%eth0") == IP(6, 0xFE80 << 112 | 1)


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/8", "::g", "1::2::3", "x", "ff\0"])
def test_what_is_no_address(text):
    """One error, that names the text."""
    with pytest.raises(ValueError, match="not an IP address"):
        parse_ip(text)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("10.244.1.0/24", "10.244.1.255", "10.244.2.0"),
        ("fd00:10:244:1::/64", "fd00:10:244:1::4749", "fd00:10:244:2::1"),
        ("0.0.0.0/0", "255.255.255.255", "::"),
        ("::/0", "ffff::", "0.0.0.0"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("fd00::1/128", "fd00::1", "fd00::2"),
    ],
)
def test_prefixes(text, inside, outside):
    """Membership by the leading bits, of the same version only; a bare address is itself."""
    prefix = parse_prefix(text)
    assert parse_ip(inside) in prefix
    assert parse_ip(outside) not in prefix
    assert "10.244.1.7" not in prefix


def test_a_prefix_keeps_the_address_as_written():
    """An interface address with its length is written as it was read."""
    prefix = parse_prefix("10.244.1.85/24")
    assert str(prefix) == "10.244.1.85/24"
    assert prefix == Prefix(parse_ip("10.244.1.85"), 24)
    assert parse_ip("10.244.1.1") in prefix


@pytest.mark.parametrize(
    "text", ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/٣", "10.0.0.0/8/8", "/8"]
)
def test_what_is_no_prefix(text):
    """Lengths beyond the address, none, signs and foreign digits."""
    with pytest.raises(ValueError, match="not a"):
        parse_prefix(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fe80::1", "link_local"), ("febf::1", "link_local"), ("169.254.1.1", "link_local"), ("fec0::1", None),
        ("ff02::1", "multicast"), ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("240.0.0.0", None),
        ("::", "unspecified"), ("0.0.0.0", "unspecified"), ("::1", "loopback"), ("127.8.8.8", "loopback"),
        ("10.0.0.1", None), ("fd00::1", None), ("169.255.0.0", None),
    ],
)  # fmt: skip
def test_what_an_address_is(text, expected):
    """The ranges of RFC 4291 and of the IPv4 registries; an address is at most one of them."""
    ip = parse_ip(text)
    kinds = ("link_local", "multicast", "unspecified", "loopback")
    assert [kind for kind in kinds if getattr(ip, f"is_{kind}")] == ([expected] if expected else [])


def test_eui_64():
    """RFC 4291 appendix A: ff:fe in the middle, the universal bit flipped; the article's pod shows it."""
    ip = addresses.link_local_of(parse_mac("4e:5b:57:45:63:3b"))
    assert str(ip) == "fe80::4c5b:57ff:fe45:633b"
    assert addresses.mac_of_link_local(ip) == parse_mac("4e:5b:57:45:63:3b")


@given(st.integers(0, (1 << 48) - 1))
def test_eui_64_round_trips(mac):
    """Every MAC comes back out of the address that was made from it."""
    assert addresses.mac_of_link_local(addresses.link_local_of(mac)) == mac


@pytest.mark.parametrize("text", ["fe80::1", "fe80:0:0:1:4c5b:57ff:fe45:633b", "fd00::4c5b:57ff:fe45:633b", "10.0.0.1"])
def test_addresses_that_hide_no_mac(text):
    """Without the filler, outside fe80::/64, or of version 4."""
    assert addresses.mac_of_link_local(parse_ip(text)) is None


def test_solicited_node_group():
    """RFC 4291 section 2.7.1: ff02::1:ff and the last 24 bits; RFC 2464 section 7 gives its MAC."""
    group = addresses.solicited_node(parse_ip("fd00:10:244:1::22f1"))
    assert str(group) == "ff02::1:ff00:22f1"
    assert addresses.is_solicited_node(group)
    assert not addresses.is_solicited_node(parse_ip("ff02::1"))
    assert addresses.format_mac(addresses.multicast_mac(group)) == "33:33:ff:00:22:f1"


def test_multicast_mac_of_ipv4():
    """RFC 1112 section 6.4: the last 23 bits, so 32 groups share one."""
    assert addresses.format_mac(addresses.multicast_mac(parse_ip("239.129.2.3"))) == "01:00:5e:01:02:03"


@pytest.mark.parametrize(
    ("text", "group", "local"),
    [
        ("ff:ff:ff:ff:ff:ff", True, True), ("33:33:00:00:00:01", True, True), ("01:00:5e:00:00:01", True, False),
        ("a2:79:14:47:80:b3", False, True), ("00:16:3e:00:00:01", False, False),
    ],
)  # fmt: skip
def test_bits_of_a_mac(text, group, local):
    """The two lowest bits of the first byte."""
    assert addresses.is_multicast_mac(parse_mac(text)) is group
    assert addresses.is_local_mac(parse_mac(text)) is local
