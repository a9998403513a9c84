"""Which frames answer each other, and what is said of a question that nobody answers?"""

from __future__ import annotations

import pytest

from tests.explain.made import (
    ALL_NODES,
    FAR_IP,
    FAR_IP4,
    GATEWAY,
    LXC,
    POD_IP,
    POD_IP4,
    POD_LINK,
    SIDE_IP,
    SIDE_LXC,
    S,
    advertise,
    answer,
    ask,
    echo,
    packets,
    solicit,
    tunnelled,
)
from vxlan_dissect.explain.pair import ANSWERED, ANSWERS, COPY, NONE, OPEN, RIVALS, UNANSWERED, UNASKED, Pairing

LATER = {"ipv6.hlim": 64, "ms": 9000}  # any frame, long after: the capture goes on


def exchanges(*rows, first=1):
    """States by frame, and partners by frame, of one batch."""
    found = Pairing().match(packets(*rows, first=first))
    return found.state.tolist(), {row: [one.frame for one in ones] for row, ones in found.partners.items()}


QUESTIONS = [
    pytest.param(solicit(), advertise(), id="nd"),
    pytest.param(solicit(src=POD_LINK), advertise(dst=POD_LINK), id="nd from link-local"),
    pytest.param(solicit(POD_IP, src="::"), advertise(POD_IP, dst=ALL_NODES), id="probe, answered to all nodes"),
    pytest.param(solicit(POD_IP, src="::"), advertise(POD_IP, dst="::"), id="probe, answered to :: (Cilium 1.19)"),
    pytest.param(ask(), answer(), id="arp"),
    pytest.param(ask(src="0.0.0.0"), answer(dst="0.0.0.0"), id="arp probe"),
    pytest.param(echo(), echo(FAR_IP, POD_IP, reply=True), id="icmpv6"),
    pytest.param(echo(POD_IP4, FAR_IP4), echo(FAR_IP4, POD_IP4, reply=True), id="icmp"),
    pytest.param(tunnelled(echo()), tunnelled(echo(FAR_IP, POD_IP, reply=True)), id="in a tunnel"),
]


@pytest.mark.parametrize(("question", "reply"), QUESTIONS)
def test_question_and_answer(question, reply):
    """Each kind of exchange is matched both ways."""
    state, partners = exchanges(question, reply, LATER)
    assert state == [ANSWERED, ANSWERS, NONE]
    assert partners == {0: [2], 1: [1]}


@pytest.mark.parametrize(("question", "reply"), QUESTIONS)
def test_times_belong_to_the_partner(question, reply):
    """A partner carries its own capture time and row."""
    found = Pairing().match(packets({**question, "ms": 5}, {**reply, "ms": 12}))
    assert found.partners[1][0].time_ns == found.partners[0][0].time_ns - 7_000_000
    assert (found.partners[0][0].row, found.partners[1][0].row) == (1, 0)
    assert found.end_ns == found.partners[0][0].time_ns


@pytest.mark.parametrize(
    ("question", "other"),
    [
        pytest.param(solicit(), advertise("fd00::2"), id="other target"),
        pytest.param(solicit(), advertise(dst=FAR_IP), id="other asker"),
        pytest.param(ask(), answer("10.244.1.1"), id="other address"),
        pytest.param(echo(), echo(FAR_IP, POD_IP, reply=True, seq=2), id="other sequence number"),
        pytest.param(echo(), echo(FAR_IP, POD_IP, reply=True, ident=8), id="other identifier"),
        pytest.param(echo(), echo(GATEWAY, POD_IP, reply=True), id="another answers"),
        pytest.param(echo(), echo(POD_IP, FAR_IP, reply=True), id="not crosswise"),
        pytest.param(tunnelled(solicit()), advertise(), id="one in a tunnel"),
    ],
)
def test_what_does_not_answer(question, other):
    """An answer to something else leaves the question unanswered and answers nothing itself."""
    state, partners = exchanges(question, other, LATER)
    assert state == [UNANSWERED, UNASKED, NONE]
    assert partners == {}


def test_answer_before_the_question():
    """What comes before a question does not answer it."""
    assert exchanges(advertise(), solicit(), LATER)[0] == [UNASKED, UNANSWERED, NONE]


@pytest.mark.parametrize(("left", "state"), [(0, OPEN), (999, OPEN), (1000, UNANSWERED), (5000, UNANSWERED)])
def test_open_until_a_second_is_left(left, state):
    """A question counts as unanswered only where the capture goes on for a second (RFC 4861 section 10)."""
    assert exchanges({**solicit(), "ms": 0}, {"ipv6.hlim": 1, "ms": left})[0][0] == state


def test_retransmitted_question_answered_once():
    """Neighbour discovery repeats a question unchanged: one answer closes all of them and answers the latest."""
    state, partners = exchanges(solicit(ms=0), solicit(ms=1000), solicit(ms=2000), advertise(ms=2001), LATER)
    assert state == [ANSWERED] * 3 + [ANSWERS, NONE]
    assert partners == {0: [4], 1: [4], 2: [4], 3: [3]}


def test_answer_outside_the_window():
    """After three retransmissions the asker has given up: an answer four seconds later answers nothing."""
    state, partners = exchanges(solicit(ms=0), advertise(ms=4000), LATER)
    assert state == [UNANSWERED, UNASKED, NONE]
    assert partners == {}


def test_only_questions_inside_the_window_are_closed():
    """Of a question asked twice the one that was long ago stays unanswered."""
    assert exchanges(ask(ms=0), ask(ms=5000), answer(ms=5001), LATER)[0] == [UNANSWERED, ANSWERED, ANSWERS, NONE]


def test_second_answer():
    """A second answer to a question belongs to it as the first does: the answerer may say it twice."""
    state, partners = exchanges(solicit(), advertise(), advertise(), LATER)
    assert state == [ANSWERED, ANSWERS, ANSWERS, NONE]
    assert partners == {0: [2, 3], 1: [1], 2: [1]}


@pytest.mark.parametrize(
    ("question", "reply", "other"),
    [
        pytest.param(solicit(), advertise(), advertise(mac="02:00:00:00:00:01"), id="nd"),
        pytest.param(ask(), answer(), answer(mac="02:00:00:00:00:01"), id="arp"),
    ],
)
def test_rivals(question, reply, other):
    """Two MACs that answer one question are rivals, both of them, and both belong to the question."""
    state, partners = exchanges(question, reply, other, LATER)
    assert state == [ANSWERED, RIVALS, RIVALS, NONE]
    assert partners == {0: [2, 3], 1: [1], 2: [1]}


def test_rivals_of_two_batches():
    """The first answer of an earlier batch has been told; the second still is a rival."""
    pairing = Pairing()
    assert pairing.match(packets(solicit(), advertise())).state.tolist() == [ANSWERED, ANSWERS]
    assert pairing.match(packets({**advertise(mac="02:00:00:00:00:01"), "ms": 2}, first=3)).state.tolist() == [RIVALS]


def test_each_asker_has_its_own_answer():
    """Cilium gives every pod another MAC for one gateway: answers to different askers are no rivals."""
    rows = [solicit(), advertise(), solicit(src=SIDE_IP), advertise(dst=SIDE_IP, mac=SIDE_LXC), LATER]
    assert exchanges(*rows)[0] == [ANSWERED, ANSWERS, ANSWERED, ANSWERS, NONE]


def test_moved_address():
    """Asked anew after the address moved, the new holder answers: no rival, as the old one is silent."""
    rows = [ask(ms=0), answer(ms=1), ask(ms=500), answer(ms=501, mac="02:00:00:00:00:01"), LATER]
    assert exchanges(*rows)[0] == [ANSWERED, ANSWERS, ANSWERED, ANSWERS, NONE]


def test_copy_only_of_the_question_that_was_answered():
    """On all interfaces at once, an answer to an earlier question does not answer the same one asked again later."""
    rows = [
        {**ask(ms=0), "sll.ifindex": 5}, {**ask(ms=0), "sll.ifindex": 7}, {**answer(ms=1), "sll.ifindex": 7},
        {**ask(ms=9000), "sll.ifindex": 7}, {**ask(ms=9000), "sll.ifindex": 5}, {"ipv6.hlim": 64, "ms": 19000},
    ]  # fmt: skip
    assert exchanges(*rows)[0] == [COPY, ANSWERED, ANSWERS, UNANSWERED, UNANSWERED, NONE]


def test_second_answer_much_later():
    """An answer long after the question was closed is one that nobody asked for."""
    assert exchanges(solicit(ms=0), advertise(ms=1), advertise(ms=5000), LATER)[0][2] == UNASKED


def test_each_echo_has_its_own_reply():
    """Overtaking replies still belong to the request with their sequence number."""
    rows = [echo(seq=1), echo(seq=2), echo(FAR_IP, POD_IP, reply=True, seq=2), echo(FAR_IP, POD_IP, reply=True, seq=1)]
    state, partners = exchanges(*rows, LATER)
    assert state == [ANSWERED, ANSWERED, ANSWERS, ANSWERS, NONE]
    assert partners == {0: [4], 1: [3], 2: [2], 3: [1]}


def test_announcements_are_no_questions():
    """Nobody is to answer a gratuitous ARP request (RFC 5227 section 2.3)."""
    assert exchanges(ask(target=POD_IP4, src=POD_IP4), LATER)[0] == [NONE, NONE]


def test_unsolicited_advertisement():
    """An advertisement to all nodes without a probe before it answers nobody."""
    assert exchanges(advertise(POD_IP, dst=ALL_NODES), LATER)[0] == [UNASKED, NONE]


def test_other_messages_are_left_alone():
    """Errors, router solicitations and other ARP operations are no part of an exchange."""
    rows = [{"icmpv6.type": 3}, {"icmpv6.type": 133}, {"icmp.type": 11}, {"arp.opcode": 3}, {"ip.ttl": 64}]
    assert exchanges(*rows) == ([NONE] * 5, {})


def test_no_frames():
    """An empty batch gives empty arrays."""
    found = Pairing().match(packets())
    assert (found.state.shape, found.partners) == ((0,), {})


def test_frames_that_go_back_in_time():
    """Files of all interfaces go back in time by some microseconds: the reply still answers."""
    state, partners = exchanges(echo(ms=1.0), echo(FAR_IP, POD_IP, reply=True, ms=0.9))
    assert (state, partners) == ([ANSWERED, ANSWERS], {0: [2], 1: [1]})


def test_echo_to_a_group():
    """A ping of a group is answered from each member's own address (RFC 4443 section 4.2)."""
    state, partners = exchanges(echo(POD_LINK, ALL_NODES), echo("fe80::1", POD_LINK, reply=True), LATER)
    assert state == [ANSWERED, ANSWERS, NONE]
    assert partners == {0: [2], 1: [1]}


def on(index, row):
    """A frame of a LINUX_SLL2 capture, at the interface of this index."""
    return {**row, "sll.ifindex": index}


def test_copies_at_several_interfaces():
    """On `any` each interface is matched by itself, as a reply passes them in the opposite order."""
    reply = echo(FAR_IP, POD_IP, reply=True)
    rows = [on(6, echo()), on(4, echo()), on(5, tunnelled(echo()))]
    rows += [on(5, tunnelled(reply)), on(4, reply), on(6, reply), LATER]
    state, partners = exchanges(*rows)
    assert state == [ANSWERED] * 3 + [ANSWERS] * 3 + [NONE]
    assert partners == {0: [6], 1: [5], 2: [4], 3: [3], 4: [2], 5: [1]}


def in_block(number, row):
    """A frame of a pcapng, of the interface of this number."""
    return {**row, "frame.interface_id": number}


@pytest.mark.parametrize("at", [on, in_block], ids=["cooked", "pcapng"])
def test_copy_of_an_answered_question(at):
    """With BPF host routing the reply does not pass the lxc device: the request there is a copy, not unanswered."""
    reply = echo(FAR_IP, POD_IP, reply=True)
    state, partners = exchanges(at(6, echo()), at(4, echo()), at(4, reply), LATER)
    assert state == [COPY, ANSWERED, ANSWERS, NONE]
    assert partners == {1: [3], 2: [2]}


@pytest.mark.parametrize("at", [on, in_block], ids=["cooked", "pcapng"])
def test_halves_at_two_interfaces(at):
    """Question and answer that were seen at one interface each are no pair in time, and neither lacks the other."""
    state, partners = exchanges(at(6, echo()), at(4, echo(FAR_IP, POD_IP, reply=True)), LATER)
    assert state[0] not in {UNANSWERED, OPEN}
    assert state[1] != UNASKED
    assert partners == {}


def test_copy_of_an_answer():
    """A reply seen at an interface that its request did not pass was asked for all the same."""
    reply = echo(FAR_IP, POD_IP, reply=True)
    assert exchanges(on(4, echo()), on(4, reply), on(2, reply), LATER)[0][2] != UNASKED


def test_copies_without_an_index():
    """A LINUX_SLL capture does not tell interfaces apart: the copies are matched from the inside out."""
    reply = echo(FAR_IP, POD_IP, reply=True)
    cooked = {"sll.pkttype": 0}
    rows = [{**one, **cooked} for one in (echo(), echo(), reply, reply)]
    state, partners = exchanges(*rows, LATER)
    assert state == [ANSWERED, ANSWERED, ANSWERS, ANSWERS, NONE]
    assert partners == {0: [4], 1: [3], 2: [2], 3: [1]}


def test_tunnelled_request_with_a_plain_reply():
    """Request in a tunnel and reply beside it are an asymmetric way, and still asked and answered in this capture."""
    state = exchanges(tunnelled(echo()), echo(FAR_IP, POD_IP, reply=True), LATER)[0]
    assert (state[0] != UNANSWERED, state[1] != UNASKED) == (True, True)


MIXED = [
    solicit(ms=0), echo(seq=1, ms=1), solicit(ms=1000), advertise(ms=1001), ask(ms=1002),
    echo(FAR_IP, POD_IP, reply=True, seq=1, ms=1003), advertise(ms=1004, mac="02:00:00:00:00:01"), answer(ms=1005),
    echo(seq=2, ms=1006), echo(FAR_IP, POD_IP, reply=True, seq=2, ms=2500), solicit(ms=2600), LATER,
]  # fmt: skip


@pytest.mark.parametrize("size", range(1, len(MIXED) + 1))
def test_batch_by_batch(size):
    """Answers find their question in whatever batch it came; who answered is known in the batch of the answer."""
    whole = Pairing().match(packets(*MIXED))
    pairing, first, batched, states = Pairing(), 1, {}, []
    for start in range(0, len(MIXED), size):
        part = MIXED[start : start + size]
        found = pairing.match(packets(*part, first=first))
        states += found.state.tolist()
        for row, ones in found.partners.items():
            batched[start + row] = [(one.frame, one.time_ns) for one in ones]
        first += len(part)
    answers = {row for row, state in enumerate(whole.state.tolist()) if state in (ANSWERS, UNASKED)}
    for row in answers:
        assert batched.get(row) == [(one.frame, one.time_ns) for one in whole.partners.get(row, ())] or None
        assert states[row] == whole.state[row]


def test_rows_of_an_earlier_batch_are_gone():
    """A partner of an earlier batch has no row, so that no frame of this batch is taken for it."""
    pairing = Pairing()
    pairing.match(packets(ask(), ask(target="10.244.1.9")))
    found = pairing.match(packets(answer("10.244.1.9"), answer("10.244.1.9", mac=LXC), first=3))
    assert [one.row for ones in found.partners.values() for one in ones] == [-1, -1]
    assert found.state.tolist() == [ANSWERS, ANSWERS]


def test_what_waits_is_forgotten():
    """Questions older than a minute cost no memory, and an answer then is one that nobody asked for."""
    pairing = Pairing()
    pairing.match(packets(*(echo(seq=seq) for seq in range(100))))
    pairing.match(packets(echo(ident=9, ms=100 * 1000), first=101))
    assert sum(map(len, pairing._waiting.values())) == 1
    late = pairing.match(packets(echo(FAR_IP, POD_IP, reply=True, ms=101 * 1000), first=102))
    assert late.state.tolist() == [UNASKED]


def test_undated_text():
    """Lines that name no date are matched by their clock time."""
    rows = packets(solicit(), advertise(), LATER)
    rows.columns["frame.time_of_day"] = rows.columns.pop("frame.time_epoch")
    assert Pairing().match(rows).state.tolist() == [ANSWERED, ANSWERS, NONE]
    assert Pairing().match(rows).end_ns % S == 0
