"""Which server and protocols are read of a TLS hello, and what is not taken for one?"""

from __future__ import annotations

import ssl

import pytest

from tests.derived.messages import alpn, datagram, extension, fields, hello, segment, server_name
from tests.wire.frames import ether, ipv6

NAMES = ("tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str")
WEB = "web.default.svc.cluster.local"


def read(payload):
    """Type, server names and protocols of a segment."""
    return fields(segment(payload), *NAMES)


def test_a_client_names_its_server():
    """Server name and protocols, among extensions that are passed over."""
    payload = hello(
        extension(43, b"\2\3\4"), server_name(WEB.encode()), extension(0xFAFA, b""), alpn(b"h2", b"http/1.1")
    )
    assert read(payload) == [1, (WEB,), ("h2", "http/1.1")]


def test_a_server_takes_a_protocol():
    """A server hello has one cipher suite where the client has a list, and says which protocol it takes."""
    assert read(hello(extension(0, b""), alpn(b"h2"), kind=2)) == [2, None, ("h2",)]


def test_what_python_sends():
    """The hello of a real client reads as it was told to be."""
    context, out = ssl.create_default_context(), ssl.MemoryBIO()
    context.set_alpn_protocols(["h2", "http/1.1"])
    client = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=WEB)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    assert read(out.read()) == [1, (WEB,), ("h2", "http/1.1")]


def test_no_extensions():
    """A hello of old may end before them."""
    assert read(hello()) == [1, None, None]


def test_names_are_printable():
    """No byte reaches a terminal as it is."""
    assert read(hello(server_name(b"\x1b[2J\xe9"), alpn(b"\0")))[1:] == [("\\027[2J\\233",), ("\\000",)]


def test_names_of_other_kinds():
    """Only host names are names of servers (RFC 6066 section 3)."""
    other = extension(0, b"\0\x08\1\0\1x\0\0\1y")
    assert read(hello(other)) == [1, ("y",), None]


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\0", b"\0\5\0", b"\0\5\0\0", b"\0\5\0\0\xffabc", b"\xff\xff\0\0\4abc"]
)
def test_lists_that_are_broken(data):
    """A list that ends within a name gives no name, and what stands after it is read."""
    assert read(hello(extension(0, data), alpn(b"h2"))) == [1, None, ("h2",)]


def test_a_hello_that_goes_on_in_the_next_segment():
    """Extensions that are whole in the first segment are read, at whatever byte it ends."""
    payload = hello(server_name(WEB.encode()), extension(21, bytes(900)), alpn(b"h2", b"http/1.1"))
    end = payload.index(WEB.encode()) + len(WEB)
    assert read(payload) == [1, (WEB,), ("h2", "http/1.1")]
    for size in range(9, len(payload)):
        assert read(payload[:size]) == [1, (WEB,) if size >= end else None, None]


def test_a_hello_behind_other_messages():
    """The first message of the first record counts; a certificate behind a server hello changes nothing."""
    one = hello(alpn(b"h2"), kind=2)
    both = one[:3] + (len(one) - 5 + 8).to_bytes(2, "big") + one[5:] + b"\x0b\0\0\4\0\0\1\0"
    assert read(both) == [2, None, ("h2",)]
    assert read(b"\x16\3\3\0\4\x0e\0\0\0" + one)[0] == 14


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x16\3\1\0",
        b"\x16\3\1\0\0\1",
        b"\x17" + hello()[1:],
        b"\x16\2" + hello()[2:],
        b"\x16\3\5" + hello()[3:],
        b"\x16\3\3\0\x28" + bytes(8) + bytes(range(100, 132)),
        b"\x16\3\3\0\x28" + bytes(range(200, 240)),
        b"\x16\3\3\0\x28\1\xff\xff\xff" + bytes(36),
    ],
    ids=["nothing", "half a header", "an empty record", "application data", "version 2", "version 3.5",
         "a finished message under GCM", "one under CBC", "a length beyond the record"],
)  # fmt: skip
def test_what_is_no_handshake(payload):
    """Other records, and those that are encrypted, have no type."""
    assert read(payload) == [None, None, None]


def test_any_port_of_tcp_and_no_other():
    """A hello is known by itself, and belongs to TCP."""
    payload = hello(server_name(b"a"))
    assert fields(segment(payload, 8443, 40000), *NAMES[:2]) == [1, ("a",)]
    assert fields(datagram(payload, port=443), *NAMES[:2]) == [None, None]
    assert fields(ether(ipv6(payload, 253)), *NAMES[:2]) == [None, None]
