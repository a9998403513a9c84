"""Which datagrams of UDP are answered, and which question does a DNS answer belong to?"""

from __future__ import annotations

import struct

import pytest

from tests.explain.made import FAR_IP, FAR_IP4, POD_IP, POD_IP4, packets
from vxlan_dissect.explain import stream_flags
from vxlan_dissect.explain.streams import Streams

NAMES = {value: name for name, value in vars(stream_flags).items() if name.isupper() and isinstance(value, int)}
LATER = {"ipv6.hlim": 64, "ms": 9000}  # any frame, long after: the capture goes on


def datagram(port=7000, *, back=False, src=POD_IP, dst=FAR_IP, **more):
    """A UDP datagram from port 40000, or back."""
    src, dst = (dst, src) if back else (src, dst)
    ports = (port, 40000) if back else (40000, port)
    family = "ipv6" if ":" in src else "ip"
    return {
        f"{family}.src": src, f"{family}.dst": dst, "ipv6.hlim" if family == "ipv6" else "ip.ttl": 64,
        "udp.srcport": ports[0], "udp.dstport": ports[1], "udp.length": 20, **more,
    }  # fmt: skip


def analysed(*rows, streams=None, first=1):
    """The names of the flags of each frame, and its partner."""
    found = (streams or Streams()).analyse(packets(*rows, first=first))
    said = [{name for bit, name in NAMES.items() if flags & bit} for flags in found.flags.tolist()]
    return said, found.partners.tolist()


def test_nothing_comes_back():
    """A flow with one direction only is unanswered, if the capture goes on."""
    assert analysed(datagram(), LATER)[0] == [{"UNANSWERED"}, set()]
    assert analysed(datagram())[0] == [set()]


def test_something_comes_back():
    """One datagram of the other direction answers the flow."""
    said, _ = analysed(datagram(), datagram(), datagram(back=True), LATER)
    assert said[:3] == [set(), set(), set()]


def test_answer_at_another_interface():
    """On `-i any` an answer may pass at one interface only."""
    rows = [datagram(**{"sll.ifindex": place}) for place in (4, 6)]
    said, _ = analysed(*rows, datagram(back=True, **{"sll.ifindex": 4}), LATER)
    assert said == [set()] * 4


@pytest.mark.parametrize("group", ["ff02::fb", "224.0.0.251", "255.255.255.255"])
def test_groups_answer_for_themselves(group):
    """Nobody answers a multicast or broadcast from its address."""
    row = datagram(src=POD_IP if ":" in group else POD_IP4, dst=group)
    assert analysed(row, LATER)[0] == [set(), set()]


def test_port_unreachable_is_an_answer():
    """An ICMP error about the datagram tells its sender what became of it, also in the name of a service."""
    row = datagram(src=POD_IP4, dst=FAR_IP4, **{"ip.id": 5})
    error = {
        "ip.src": FAR_IP4, "ip.dst": POD_IP4, "ip.ttl": 63, "icmp.type": 3, "icmp.code": 3,
        "quoted.ip.src": POD_IP4, "quoted.ip.dst": FAR_IP4, "quoted.udp.srcport": 40000, "quoted.udp.dstport": 7000,
        "quoted.udp.length": 20, "quoted.ip.id": 5,
    }  # fmt: skip
    said, partners = analysed(row, error, LATER)
    assert said == [{"REJECTED"}, {"QUOTES"}, set()]
    assert partners == [2, 1, 0]
    translated = {**error, "quoted.ip.dst": "10.244.9.9", "quoted.udp.dstport": 5353}
    assert analysed(row, translated, LATER)[0] == [set(), set(), set()]


def test_batches():
    """A flow that an earlier batch saw answered stays answered."""
    streams = Streams()
    analysed(datagram(), datagram(back=True), streams=streams)
    said, _ = analysed(datagram(ms=100), LATER, streams=streams, first=3)
    assert said == [set(), set()]


class Messages:
    """Packets with DNS messages in their bytes, as a decoder gives them."""

    def __init__(self, *messages):
        frames = []
        for ident, response, ports in messages:
            dns = struct.pack(">6H", ident, 0x8180 if response else 0x0100, 1, 0, 0, 0)
            dns += b"\3web\7default\3svc\7cluster\5local\0" + struct.pack(">2H", 1, 1)
            ends = (POD_IP4, FAR_IP4) if ports[1] == 53 else (FAR_IP4, POD_IP4)
            udp = struct.pack(">4H", *ports, 8 + len(dns), 0) + dns
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
            ips = b"".join(bytes(map(int, end.split("."))) for end in ends)
            frames.append(bytes(12) + b"\x08\x00" + head + ips + udp)
        self.frames = frames

    def file(self, folder, gap_s=2):
        """The path of a pcap with a frame every `gap_s` seconds."""
        path = folder / "dns.pcap"
        data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for number, frame in enumerate(self.frames):
            data += struct.pack("<4I", 1_700_000_000 + gap_s * number, 0, len(frame), len(frame)) + frame
        path.write_bytes(data)
        return path


def dns(folder, *messages):
    """Flags and partners of a file of DNS messages: identifier, whether a response, ports."""
    from vxlan_dissect import decode

    found = Streams().analyse(decode.read(str(Messages(*messages).file(folder))))
    return [{n for bit, n in NAMES.items() if flags & bit} for flags in found.flags.tolist()], found.partners.tolist()


ASK, TELL = (40000, 53), (53, 40000)


def test_dns_by_identifier(tmp_path):
    """Two questions on one flow get each the answer with its identifier."""
    said, partners = dns(tmp_path, (7, 0, ASK), (8, 0, ASK), (8, 1, TELL), (7, 1, TELL))
    assert said == [{"WAITS"}, {"WAITS"}, set(), set()]
    assert partners == [4, 3, 2, 1]


def test_dns_question_without_an_answer(tmp_path):
    """An answer to another question is none; asked again from a new port it is a repetition."""
    again = (40001, 53)
    said, partners = dns(tmp_path, (7, 0, ASK), (7, 0, again), (9, 0, ASK), (9, 1, TELL))
    assert said[:2] == [{"WAITS", "UNANSWERED"}, {"WAITS", "UNANSWERED", "REPEATED"}]
    assert partners == [0, 0, 4, 3]


def test_dns_answer_without_a_question(tmp_path):
    """The question came before the capture, or by another way."""
    assert dns(tmp_path, (7, 1, TELL))[0] == [{"UNASKED"}]
