"""What is read of DHCP and DHCPv6 messages?"""

from __future__ import annotations

import pytest

from tests.derived.messages import datagram, derived, dhcp, fields, option
from tests.wire.frames import decode_all, ip4
from vxlan_dissect.packets import text_of

DISCOVER = dhcp(option(53, b"\1"), option(50, ip4("192.0.2.9")), option(12, b"web-1"))
ACK = dhcp(option(53, b"\5"), option(54, ip4("192.0.2.1")), op=2, your="192.0.2.9")


def shown(frame, *names):
    """Derived columns of one frame as text."""
    return [text_of(name, None if value is None else decode_all([frame])[0].get(name))
            for name, value in zip(names, fields(frame, *names), strict=True)]  # fmt: skip


def test_a_client_asks():
    """Type, transaction, hardware address, name and the address wished for."""
    frame = datagram(DISCOVER, 68, 67)
    names = ("dhcp.type", "dhcp.option.dhcp", "dhcp.hw.mac_addr", "dhcp.option.requested_ip_address", "dhcp.ip.your")
    assert shown(frame, *names) == ["boot-request", "discover", "02:42:ac:12:00:04", "192.0.2.9", "0.0.0.0"]
    assert fields(frame, "dhcp.id", "dhcp.option.hostname") == [0xDEADBEEF, ("web-1",)]


def test_a_server_grants():
    """The address that the client is given, and by whom; the addresses stand in their order (RFC 2131 section 2)."""
    names = ("dhcp.type", "dhcp.option.dhcp", "dhcp.ip.your", "dhcp.option.dhcp_server_id", "dhcp.ip.server",
             "dhcp.ip.relay", "dhcp.ip.client")  # fmt: skip
    assert shown(datagram(ACK, 67, 68), *names) == [
        "boot-reply", "ack", "192.0.2.9", "192.0.2.1", "192.0.2.2", "192.0.2.3", "0.0.0.0",
    ]  # fmt: skip


def test_bootp_has_no_options():
    """Without the magic cookie what follows the fixed fields is none of DHCP's."""
    frame = datagram(dhcp(option(53, b"\1"), magic=0), 68, 67)
    assert fields(frame, "dhcp.type", "dhcp.option.dhcp") == [1, None]


@pytest.mark.parametrize(
    ("options", "kind", "host"),
    [
        ((b"\0\0", option(53, b"\3")), 3, None),
        ((option(53, b"\1"), option(53, b"\2")), 1, None),
        ((option(53, b"\1\2"), option(12, b"a")), None, ("a",)),
        ((option(53, b"\1"), option(12, b"")), 1, None),
        ((option(53, b"\1"), option(12, b"\x1b]0;x\x07\xff")), 1, ("\\027]0;x\\007\\255",)),
        ((b"\xff", option(53, b"\1")), None, None),
    ],
    ids=["padding", "twice", "a wrong length", "an empty name", "a hostile name", "after the end"],
)
def test_options(options, kind, host):
    """The first of its kind counts if it has its length, padding is passed over, and the end is the end."""
    frame = datagram(dhcp(*options), 68, 67)
    assert fields(frame, "dhcp.option.dhcp", "dhcp.option.hostname") == [kind, host]


@pytest.mark.parametrize("cut", range(12))
def test_options_that_are_cut(cut):
    """An option of which bytes are missing is absent, never half; those before it stay."""
    whole = dhcp(option(53, b"\1"), option(12, b"web-1"))
    packets = decode_all([datagram(whole[: len(whole) - cut], 68, 67)])
    assert derived(packets, "dhcp.option.hostname") == [("web-1",) if cut < 2 else None]
    assert derived(packets, "dhcp.option.dhcp") == [1 if cut < 9 else None]


@pytest.mark.parametrize(
    ("payload", "ports", "found"),
    [
        (DISCOVER, (68, 67), True),
        (DISCOVER, (67, 68), True),
        (DISCOVER, (68, 6767), True),
        (DISCOVER, (6868, 6767), False),
        (DISCOVER[:44], (68, 67), True),
        (DISCOVER[:43], (68, 67), False),
        (b"\3" + DISCOVER[1:], (68, 67), False),
    ],
)
def test_what_a_message_is(payload, ports, found):
    """Ports, an operation, and the fields up to the client's address."""
    assert fields(datagram(payload, *ports), "dhcp.type") == [1 if found else None]


def test_a_hardware_address_that_is_none_of_ethernet():
    """Only six bytes of Ethernet are a MAC."""
    for place, value in ((1, 32), (2, 16)):
        payload = bytearray(DISCOVER)
        payload[place] = value
        assert fields(datagram(bytes(payload), 68, 67), "dhcp.hw.mac_addr", "dhcp.type") == [None, 1]


def test_dhcpv6():
    """The type of a message between clients and servers (RFC 8415 section 7.3)."""
    packets = decode_all([datagram(b"\1\0\0\7", 546, 547), datagram(b"\x0d", 547, 547), datagram(b"\1", 5, 6)])
    assert derived(packets, "dhcpv6.msgtype") == [1, 13, None]
    assert packets[0].text("dhcpv6.msgtype") == "solicit"
