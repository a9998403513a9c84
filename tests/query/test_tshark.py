"""Do filters match the frames that they match in tshark?

Each expression is asked of several captures, both here and there, so that whoever is wrong shows. Captures in which an
ICMP error quotes a packet are left out: Wireshark's plain names look into the quote, and ours do not.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from vxlan_dissect.decode import read

CAPTURES = (
    "cilium-1.16/cilium-07-ping6-remote-router/worker.eth0.pcap",
    "cilium-1.16/cilium-31-ndp-variants/worker.any.pcap",
    "cilium-1.16/cilium-08-tcp6-short/worker.eth0.pcap",
    "cilium-1.16/cilium-16-web-other-identity/worker.any.pcap",
    "dual-stack-ping6/pod-eth0.pcap",
)
EXPRESSIONS = r"""
frame.len == 118
frame.len != 118
frame.len > 100 and frame.len <= 150
frame.len in {86, 100 .. 120, 144..181}
ip.ttl === 64
ip.ttl !== 64
any ip.ttl != 64
all ip.ttl > 60
all ip.addr == 172.18.0.0/16
any ip.addr != 172.18.0.4
ip.addr all_ne 10.244.1.233
ip.src any_eq 172.18.0.4
eth.addr === 4e:5b:57:45:63:3b
all eth.addr == 4e:5b:57:45:63:3b
not all udp.port > 1024
tcp.flags & 0x02
tcp.flags & 0x12 == 0x12
tcp.flags & 0x01 || tcp.flags.reset == True
tcp.flags bitwise_and 16
eth.src[0:3] == 4e:5b:57
eth.src[1:2] == 5b:57
eth.src[1-2] == 5b:57
eth.src[3:] == 45:63:3b
eth.dst[-1] == b3
eth.dst[:2] != 4e:5b
eth.addr[0] & 0x0f == 2
frame[12:2] == 86:dd
frame[12:2] == 86.dd
frame[-2:] == 00:00
frame[-4:4] != 00:00:00:00
frame[4] == 0xff
frame[0:2]
frame[150:2]
frame contains "GET"
frame contains 47:45:54
frame contains "HTTP/1."
frame contains "\x08\x00\x00\x00"
frame contains 0xfe
frame[40:] contains "hello"
tcp contains "GET"
tcp contains "HTTP"
tcp contains 1f:90
udp contains "GET"
vxlan contains "GET"
vxlan contains 86:dd
ipv6 contains "GET"
icmpv6 contains 10:11:12:13
icmpv6[0] == 88
udp[2:2] == 21:18
tcp[2:2] == 1f:90
tcp[13] == 12
ipv6[6] == 3a
arp[6:2] == 00:01
vxlan[4:3] == 00:00:06
frame matches "get /"
frame matches "(?-i)get /"
frame matches "(?-i)GET /"
frame ~ r"HTTP/1\.[01] 200"
tcp matches "^..\x1f\x90"
tcp matches "host: [a-z]+"
udp matches "get"
frame.protocols matches "IPV6:[ti]"
frame.protocols ~ "tcp"
tcp.flags.syn == 1 && !(tcp.flags.ack == 1)
frame.time >= "2024-01-01T00:00:00Z" and frame.time < "2037-01-01 00:00:00Z"
frame.time_epoch >= 1720770268.594846
not (icmpv6 or arp) or ipv6.hlim == 255
icmpv6.nd.ns.target_address == fd00:10:244:1::/64
ipv6.addr == fe80::/10
ipv6.src >= fd00:10:244:1::4749
udp.srcport >= 0b1000000000000000
""".strip().splitlines()
# Forms that tshark does not have, with what says the same there.
SAID_OTHERWISE = {
    "eth.addr == 4e:5b:57:00:00:00/24": "eth.addr[0:3] == 4e:5b:57",
    "eth.src in {4e:5b:57:00:00:00/24, a2:79:00:00:00:00/16}": "eth.src[0:3] == 4e:5b:57 or eth.src[0:2] == a2:79",
    "frame[100-101] in {00:00, 61:62}": "frame[100-101] == 00:00 or frame[100-101] == 61:62",
    "icmpv6[0] in {87, 88}": "icmpv6[0] == 87 or icmpv6[0] == 88",
    # There, every value must be the same one of the set.
    "all tcp.port in {8080, 40000..60000}": "tcp.port == 8080 and tcp.port in {40000..60000}",
    "outer.ip contains 86:dd": "ip#1 contains 86:dd",
    "inner.udp": "udp and not vxlan",
}


pytestmark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed, so there is nothing to compare with"
)


@pytest.fixture(scope="module")
def capture(captures_dir, tmp_path_factory):
    """The path of one capture of all frames, one file after the other."""
    path = tmp_path_factory.mktemp("merged") / "all.pcapng"
    subprocess.run(["mergecap", "-a", "-w", path, *(captures_dir / name for name in CAPTURES)], check=True)
    return str(path)


@pytest.fixture(scope="module")
def packets(capture):
    """The frames, as they are decoded here."""
    return read(capture)


def ours(packets, expression):
    """The numbers of the frames that match here."""
    return [packet.number for packet in packets.where(expression)]


def theirs(capture, expression):
    """The numbers of the frames that match in tshark."""
    command = ["tshark", "-r", capture, "-d", "udp.port==8472,vxlan", "-Y", expression]
    done = subprocess.run([*command, "-T", "fields", "-e", "frame.number"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_tshark_matches_the_same(packets, capture, expression):
    """The same expression matches the same frames."""
    assert ours(packets, expression) == theirs(capture, expression)


@pytest.mark.parametrize("expression", SAID_OTHERWISE)
def test_tshark_says_it_otherwise(packets, capture, expression):
    """What only we can say is what tshark says in other words."""
    assert ours(packets, expression) == theirs(capture, SAID_OTHERWISE[expression])


def test_expressions_tell_frames_apart(packets):
    """Most expressions match some of these frames and not all, so that agreement means something."""
    counts = np.array([len(ours(packets, expression)) for expression in EXPRESSIONS])
    assert np.mean((counts > 0) & (counts < len(packets))) > 0.8
