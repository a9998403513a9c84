"""What is said of TCP segments, and which frame does each belong with?

Sequence numbers are counted by hand: a SYN and a FIN take one each (RFC 9293 section 3.4).
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.explain.made import FAR_IP, FAR_IP4, FAR_NODE_IP, GATEWAY, NODE_IP, POD_IP, POD_IP4, packets, tunnelled
from vxlan_dissect.explain import stream_flags
from vxlan_dissect.explain.streams import Streams
from vxlan_dissect.packets import Packets

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
NAMES = {value: name for name, value in vars(stream_flags).items() if name.isupper() and isinstance(value, int)}
LATER = {"ipv6.hlim": 64, "ms": 9000}  # any frame, long after: the capture goes on
CLIENT, SERVER = 1000, 5000  # first sequence numbers


def segment(flags, seq, ack=0, size=0, *, back=False, src=POD_IP, dst=FAR_IP, **more):
    """A TCP segment from port 40000 to port 80, or back."""
    src, dst = (dst, src) if back else (src, dst)
    ports = (80, 40000) if back else (40000, 80)
    family = "ipv6" if ":" in src else "ip"
    return {
        f"{family}.src": src, f"{family}.dst": dst, "ipv6.hlim" if family == "ipv6" else "ip.ttl": 64,
        "tcp.srcport": ports[0], "tcp.dstport": ports[1], "tcp.seq_raw": seq % 2**32, "tcp.flags": flags,
        "tcp.len": size, "tcp.window_size_value": 500, **({"tcp.ack_raw": ack % 2**32} if flags & ACK else {}), **more,
    }  # fmt: skip


def opening(client=CLIENT, server=SERVER, **more):
    """The three segments of a handshake."""
    return [
        segment(SYN, client, **more),
        segment(SYN | ACK, server, client + 1, back=True, **more),
        segment(ACK, client + 1, server + 1, **more),
    ]


def analysed(*rows, streams=None, first=1):
    """The names of the flags of each frame, and its partner."""
    found = (streams or Streams()).analyse(packets(*rows, first=first))
    said = [{name for bit, name in NAMES.items() if flags & bit} for flags in found.flags.tolist()]
    return said, found.partners.tolist()


def test_handshake():
    """The three steps are named, and each has the one that it belongs with."""
    said, partners = analysed(*opening())
    assert said == [{"SYN"}, {"SYN_ACK"}, {"ESTABLISHED"}]
    assert partners == [2, 1, 2]


def test_handshake_with_times():
    """The partner comes with its own time."""
    rows = opening()
    for row, ms in zip(rows, (0, 7, 9), strict=True):
        row["ms"] = ms
    found = Streams().analyse(packets(*rows))
    times = packets(*rows).times()
    assert (found.partner_times - times).tolist() == [7_000_000, -7_000_000, -2_000_000]


def test_only_the_first_segment_completes():
    """Later segments of the client complete no handshake."""
    said, _ = analysed(*opening(), segment(ACK, CLIENT + 1, SERVER + 1, 10))
    assert said[3] == set()


def test_close():
    """The FIN of the side that ends last closes the connection."""
    said, _ = analysed(
        *opening(),
        segment(FIN | ACK, CLIENT + 1, SERVER + 1),
        segment(FIN | ACK, SERVER + 1, CLIENT + 2, back=True),
        segment(ACK, CLIENT + 2, SERVER + 2),
    )
    assert said[3:] == [set(), {"CLOSED"}, set()]


def test_refused():
    """A RST in place of a SYN-ACK refuses, and both frames name each other."""
    said, partners = analysed(segment(SYN, CLIENT), segment(RST | ACK, 0, CLIENT + 1, back=True))
    assert said == [{"SYN"}, {"RESET", "REFUSED"}]
    assert partners == [2, 1]


def test_reset_of_an_open_connection():
    """A RST after the handshake refuses nothing."""
    said, _ = analysed(*opening(), segment(RST | ACK, SERVER + 1, CLIENT + 1, back=True))
    assert said[3] == {"RESET"}


def test_answer_that_was_not_asked_for():
    """A SYN-ACK without its SYN, and the RST that turns it down, are told."""
    said, partners = analysed(segment(SYN | ACK, SERVER, CLIENT + 1, back=True), segment(RST, CLIENT + 1))
    assert said == [{"SYN_ACK", "UNASKED"}, {"RESET", "UNASKED"}]
    assert partners == [0, 1]


def test_half_open():
    """A SYN that nothing answers is half open, its repetition too."""
    said, partners = analysed(segment(SYN, CLIENT), segment(SYN, CLIENT, ms=1000), LATER)
    assert said == [{"SYN", "HALF_OPEN"}, {"SYN", "HALF_OPEN", "RETRANSMITTED"}, set()]
    assert partners == [0, 1, 0]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([segment(SYN, CLIENT)], "the capture ends at once"),
        ([segment(SYN, CLIENT), segment(ACK, CLIENT + 1, SERVER + 1), LATER], "the client goes on: it was answered"),
        ([segment(SYN, CLIENT), segment(RST | ACK, 0, CLIENT + 1, back=True), LATER], "refused"),
        ([*opening(), LATER], "opened"),
    ],
)
def test_not_half_open(rows, why):
    """Nothing is called half open that was answered, or may still be."""
    said, _ = analysed(*rows)
    assert "HALF_OPEN" not in said[0], why


def test_not_half_open_where_another_interface_sees_the_answer():
    """On `-i any` the answer may pass at one interface only, as with BPF host routing."""
    said, _ = analysed(
        segment(SYN, CLIENT, **{"sll.ifindex": 6}),
        segment(SYN, CLIENT, **{"sll.ifindex": 4}),
        segment(SYN | ACK, SERVER, CLIENT + 1, back=True, **{"sll.ifindex": 4}),
        LATER,
    )
    assert said[0] == {"SYN"}


def test_not_half_open_after_an_icmp_error():
    """Port unreachable in place of a RST is an answer, and names the SYN that it is about."""
    error = {
        "ip.src": "10.244.1.154", "ip.dst": POD_IP4, "ip.ttl": 64, "icmp.type": 3, "icmp.code": 3,
        "quoted.ip.src": POD_IP4, "quoted.ip.dst": FAR_IP4, "quoted.tcp.srcport": 40000, "quoted.tcp.dstport": 80,
        "quoted.tcp.seq_raw": CLIENT, "quoted.ip.id": 77,
    }  # fmt: skip
    syn = segment(SYN, CLIENT, src=POD_IP4, dst=FAR_IP4, **{"ip.id": 77})
    said, partners = analysed(syn, error, LATER)
    assert said[:2] == [{"SYN", "REJECTED"}, {"QUOTES"}]
    assert partners == [2, 1, 0]


def test_retransmission():
    """What is sent again is told from the first sending, the second time from the first."""
    data = segment(ACK | PSH, CLIENT + 1, SERVER + 1, 100)
    said, partners = analysed(*opening(), data, {**data, "ms": 300}, {**data, "ms": 900})
    assert said[3:] == [set(), {"RETRANSMITTED"}, {"RETRANSMITTED", "REPEATED"}]
    assert partners[3:] == [0, 4, 4]


def test_part_of_a_large_segment_sent_again():
    """A piece of what went out as one large segment (GSO) is a retransmission of that."""
    large = segment(ACK, CLIENT + 1, SERVER + 1, 14000)
    piece = segment(ACK, CLIENT + 1401, SERVER + 1, 1400, ms=300)
    said, partners = analysed(*opening(), large, piece)
    assert (said[4], partners[4]) == ({"RETRANSMITTED"}, 4)


def test_new_connection_on_the_same_ports():
    """A SYN with another sequence number opens another connection, not the old one again."""
    said, partners = analysed(*opening(), *opening(client=CLIENT - 500, server=SERVER - 500))
    assert said[3:] == [{"SYN"}, {"SYN_ACK"}, {"ESTABLISHED"}]
    assert partners[3:] == [5, 4, 5]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"sll.ifindex": 4}, id="another interface"),
        pytest.param({"frame.interface_id": 1}, id="another interface of a pcapng"),
        pytest.param({"ipv6.hlim": 63}, id="a hop further"),
        pytest.param({"sll.pkttype": 4}, id="in and out of a bridge"),
        pytest.param({}, id="the very same at once"),
    ],
)
def test_copies_are_no_retransmissions(other):
    """The same packet seen again on its way, or twice by the capture, is a copy."""
    place = {"sll.ifindex": 6, "frame.interface_id": 0, "sll.pkttype": 0}
    data = segment(ACK | PSH, CLIENT + 1, SERVER + 1, 100, **place)
    said, _ = analysed(*opening(**place), {**data, "ms": 10}, {**data, **other, "ms": 10.02})
    assert said[3:] == [set(), set()]


def test_copy_in_the_tunnel():
    """A node that is captured before and behind encapsulation shows each packet twice."""
    data = segment(ACK | PSH, CLIENT + 1, SERVER + 1, 100)
    said, _ = analysed(*opening(), data, tunnelled(data))
    assert said[3:] == [set(), set()]


def test_loop_is_no_retransmission():
    """A packet in a loop comes by again and again with falling hop limit."""
    rows = [{**segment(SYN, CLIENT), "ipv6.hlim": limit} for limit in range(63, 40, -1)]
    said, _ = analysed(*rows)
    assert all(flags == {"SYN"} for flags in said)


def test_new_source_port_of_the_tunnel():
    """A retransmission in a tunnel packet with another source port is told so."""
    data = segment(ACK | PSH, CLIENT + 1, SERVER + 1, 100)
    rows = [tunnelled(row, **{"outer.udp.srcport": 40001}) for row in (*opening(), data)]
    again = tunnelled({**data, "ms": 400}, **{"outer.udp.srcport": 51000})
    said, _ = analysed(*rows, again)
    assert said[4] == {"RETRANSMITTED", "REHASHED"}


def test_gap_that_is_filled():
    """A missing part that comes at once was overtaken; one that comes late was sent again."""
    first, second = (segment(ACK, CLIENT + 1 + 100 * n, SERVER + 1, 100) for n in (0, 1))
    soon, _ = analysed(*opening(), {**second, "ms": 10}, {**first, "ms": 11})
    late, _ = analysed(*opening(), {**second, "ms": 10}, {**first, "ms": 300})
    assert soon[3:] == [{"GAP"}, {"FILLED"}]
    assert late[3:] == [{"GAP"}, {"FILLED", "RETRANSMITTED"}]


def test_acknowledgement_of_what_is_not_there():
    """The other side has what this capture has not."""
    data = segment(ACK, CLIENT + 1, SERVER + 1, 100)
    said, _ = analysed(*opening(), data, segment(ACK, SERVER + 1, CLIENT + 301, back=True))
    assert said[4] == {"ACKS_UNSEEN"}


def test_zero_window_and_probe():
    """A closed window, and the probe that repeats the last byte's number, are no retransmissions."""
    data = segment(ACK, CLIENT + 1, SERVER + 1, 100)
    closed = segment(ACK, SERVER + 1, CLIENT + 101, back=True, **{"tcp.window_size_value": 0})
    probe = segment(ACK, CLIENT + 100, SERVER + 1, ms=400)
    old = segment(ACK, CLIENT + 100, SERVER + 1, 1, ms=800)  # with the byte itself, as some systems probe
    said, _ = analysed(*opening(), data, closed, probe, old)
    assert said[4:] == [{"ZERO_WINDOW"}, {"KEEP_ALIVE"}, {"KEEP_ALIVE"}]


def test_duplicate_acknowledgement():
    """The same acknowledgement again, with nothing new, is a duplicate; that of a keep-alive is not."""
    bare = segment(ACK, SERVER + 1, CLIENT + 1, back=True)
    said, _ = analysed(*opening(), bare, {**bare, "ms": 20}, segment(ACK, CLIENT, SERVER + 1), {**bare, "ms": 30})
    assert said[3:] == [set(), {"DUPLICATE_ACK"}, {"KEEP_ALIVE"}, set()]


def test_sequence_numbers_wrap():
    """After 2**32 - 1 comes 0: neither a gap nor a retransmission."""
    near = 2**32 - 150
    rows = [segment(ACK, near + 1 + 100 * n, SERVER + 1, 100) for n in range(4)]
    said, partners = analysed(*opening(client=near), *rows, {**rows[1], "ms": 500})
    assert said[3:] == [set(), set(), set(), set(), {"RETRANSMITTED"}]
    assert partners[7] == 5


def test_capture_that_begins_late():
    """Of what came before the capture nothing is claimed."""
    rows = [segment(ACK, 70000 + 100 * n, SERVER, 100, ms=n) for n in range(3)]
    said, _ = analysed(*rows, segment(ACK, SERVER, 70300, back=True))
    assert said == [set()] * 4


def test_numbers_that_text_leaves_out():
    """tcpdump prints no absolute numbers after the SYN: such segments are counted as there, and no more."""
    bare = {
        name: value for name, value in segment(ACK, 0, 0, 100).items() if name not in ("tcp.seq_raw", "tcp.ack_raw")
    }
    said, _ = analysed(segment(SYN, CLIENT), bare, bare, LATER)
    assert said[1:3] == [set(), set()]
    assert said[0] == {"SYN"}


def conversation():
    """Frames of several connections, with losses, repetitions and copies."""
    rows = []
    for place in ({"sll.ifindex": 4}, {"sll.ifindex": 6}):
        data = [segment(ACK, CLIENT + 1 + 100 * n, SERVER + 1, 100, **place) for n in range(6)]
        rows += [*opening(**place), *data[:3], data[4], data[3], {**data[2], "ms": 400}, {**data[2], "ms": 900}]
        rows += [data[5], segment(FIN | ACK, CLIENT + 601, SERVER + 1, ms=950, **place)]
        rows += [segment(FIN | ACK, SERVER + 1, CLIENT + 602, back=True, ms=951, **place)]
    rows += [segment(SYN, 9, dst=GATEWAY, ms=960), segment(SYN, 9, dst=GATEWAY, ms=1960)]
    for number, row in enumerate(rows):
        row.setdefault("ms", number * 10)
    return rows


@pytest.mark.parametrize("size", [1, 2, 5, 11])
def test_batches_say_what_the_whole_says(size):
    """Flags and partners do not depend on how the capture is cut; what comes after a batch it cannot know."""
    rows = conversation()
    whole, whole_partners = analysed(*rows)
    streams = Streams()
    said, partners = [], []
    for start in range(0, len(rows), size):
        flags, others = analysed(*rows[start : start + size], streams=streams, first=start + 1)
        said += flags
        partners += others
    later = {"HALF_OPEN"}
    assert [one - later for one in said] == [one - later for one in whole]
    for mine, its, flags in zip(partners, whole_partners, whole, strict=True):
        assert mine in (its, 0) if flags & {"SYN"} else mine == its


def test_memory_is_bounded(monkeypatch):
    """A flood of connections keeps no more frames than the limit."""
    from vxlan_dissect.explain import connections

    monkeypatch.setattr(connections, "MAX_KEPT", 50)
    streams = Streams()
    for batch in range(4):
        rows = [segment(SYN, CLIENT, **{"tcp.srcport": 1024 + batch * 200 + n}) for n in range(200)]
        streams.analyse(packets(*rows, first=1 + batch * 200))
        assert len(streams._kept.frame) <= 50


def test_hostile_numbers():
    """Whatever numbers segments bear, every frame gets flags and nothing overflows."""
    chance = np.random.default_rng(5)
    rows = [
        segment(int(flags), int(seq), int(ack), int(size), back=bool(side))
        for flags, seq, ack, size, side in zip(
            chance.integers(0, 32, 400), chance.integers(0, 2**32, 400), chance.integers(0, 2**32, 400),
            chance.integers(0, 2**32, 400), chance.integers(0, 2, 400), strict=True,
        )
    ]  # fmt: skip
    with np.errstate(all="raise"):
        said, partners = analysed(*rows)
    assert len(said) == 400
    assert all(0 <= partner <= 400 for partner in partners)


def test_no_tcp_at_all():
    """A batch without TCP, and one without frames, says nothing."""
    assert analysed(LATER) == ([set()], [0])
    assert len(Streams().analyse(Packets("none.pcap", 0, {})).flags) == 0


def test_fragments_are_not_segments():
    """A fragment that another frame completes is not counted; the whole is."""
    part = segment(ACK, CLIENT + 1, SERVER + 1, 3000, **{"frame.reassembled_in": 5})
    said, _ = analysed(*opening(), part, segment(ACK, CLIENT + 1, SERVER + 1, 3000, ms=300))
    assert said[3:] == [set(), set()]


def test_nodes_of_tunnel_do_not_matter():
    """The outer addresses are no part of the conversation: replies come back by another tunnel packet."""
    there = tunnelled(segment(SYN, CLIENT))
    back = tunnelled(segment(SYN | ACK, SERVER, CLIENT + 1, back=True), FAR_NODE_IP, NODE_IP)
    assert analysed(there, back)[1] == [2, 1]


def test_late_segment_where_none_advances():
    """A capture may begin with a bare acknowledgement, and what comes then lie before it in the stream."""
    said, partners = analysed(
        segment(ACK, 5000, SERVER), segment(ACK, 4000, SERVER, 100), segment(ACK, 4000, SERVER, 100)
    )
    assert said[:2] == [set(), set()]
    assert partners[:2] == [0, 0]
