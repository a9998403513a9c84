"""Do a user's rules of decoding reach every way to an explanation?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.wire.frames import echo6, ether, ipv4, ipv6, udp, vxlan
from tests.wire.real import Frame, write_pcap
from vxlan_dissect import pipeline
from vxlan_dissect.errors import UsageError

RULE = "udp.port==51999,vxlan"


@pytest.fixture
def capture(tmp_path):
    """One frame on a port of its own, with a reserved bit, so that only a rule can tell what it is."""
    frame = ether(ipv4(udp(vxlan(ether(ipv6(echo6())), reserved=1), 51999)), 0x0800)
    write_pcap(tmp_path / "own-port.pcap", 1, [Frame(frame, len(frame), "")])
    return str(tmp_path / "own-port.pcap")


def kinds(explanations):
    """What each frame is."""
    return [one.kind for one in explanations]


def test_explain(capture):
    """A file that is read here is read by the rules."""
    assert kinds(vxd.explain(capture)) == ["udp"]
    assert kinds(vxd.explain(capture, decode_as=[RULE])) == ["icmpv6.echo-request"]


def test_stream(capture):
    """So is a stream."""
    assert kinds(one for batch in pipeline.stream(capture, decode_as=[RULE]) for one in batch) == [
        "icmpv6.echo-request",
    ]  # fmt: skip


def test_packets_that_were_read_by_rules(capture):
    """They bring their own; new ones come too late and are refused."""
    packets = vxd.read(capture, decode_as=[RULE])
    assert kinds(vxd.explain(packets)) == ["icmpv6.echo-request"]
    with pytest.raises(UsageError, match="too late"):
        vxd.explain(packets, decode_as=[RULE])


def test_the_command(capture, vxd):
    """From the option to the output."""
    done = vxd("explain", capture, "-d", RULE, "-T", "jsonl")
    assert done.returncode == 0
    assert '"kind": "icmpv6.echo-request"' in done.stdout
