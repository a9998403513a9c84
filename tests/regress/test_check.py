"""Is every difference between an explanation and its expectation found, and nothing else?

The explanations here are made by hand in the form of the JSON contract, so that the comparison is tested without the
engine that it will judge.
"""

from __future__ import annotations

import copy

import pytest

from vxlan_dissect.regress.check import check, matches, value_at
from vxlan_dissect.regress.contract import fault_of_path
from vxlan_dissect.regress.expectations import Expectation, FrameCheck, RuleCheck


def hop(**given):
    """A hop as the contract has it, as far as the comparison reads it."""
    return {"predicted": {}, "seen": "not-captured"} | given


REQUEST = {
    "frame": 1,
    "kind": "icmpv6.echo-request",
    "outer": {"vni": 10398},
    "inner": {"src": {"pod": "a"}, "dst": {"pod": None}, "hop_limit": 64},
    "capture_point": {"node": "worker", "interface": "eth0"},
    "hops": [
        hop(role="pod", node="worker", owner="a", interface="eth0", predicted={"ipv6.hlim": "64"}),
        hop(role="lxc", node="worker", owner="a", interface="lxc1", seen="here"),
        hop(role="pod", node="worker2", owner="b", interface="eth0", seen="missing"),
    ],
    "statements": [
        {
            "rule": "tunnel.encapsulated",
            "text": "from worker to worker2",
            "verdict": "normal",
            "confidence": "certain",
            "evidence": [
                {"field": "outer.vxlan.vni", "value": "10398"},
                {"source": "s.txt", "line": 1, "fact": "ä"},
            ],
        }
    ],
    "related": [{"frame": 2, "as": "reply", "after_ns": 607000}],
}
REPLY = REQUEST | {
    "frame": 2,
    "kind": "icmpv6.echo-reply",
    "outer": None,
    "statements": [],
    "related": [{"frame": 1, "as": "request", "after_ns": -607000}],
}
BOTH = [REQUEST, REPLY]


def expectation(**given) -> Expectation:
    """An expectation of both frames that asks for nothing but what is given."""
    whole = {
        "file": "expect.yaml", "capture": "x.pcap", "inventory": None, "total": 2, "capture_point": {}, "every": {},
        "rules": {}, "none": (), "pairs": (), "frames": (),
    }  # fmt: skip
    return Expectation(**whole | given)


def one(**given) -> Expectation:
    """An expectation of frame 1."""
    return expectation(frames=(FrameCheck(**{"frame": 1, "values": {}} | given),))


HOLDS = {
    "the number of frames": expectation(),
    "the capture point": expectation(capture_point={"capture_point.node": "worker"}),
    "a value of every frame": expectation(every={"inner.hop_limit": 64}),
    "the frames of a rule": expectation(rules={"tunnel.encapsulated": 1}),
    "a rule that is silent": expectation(none=("ndp.solicitation",)),
    "a pair": expectation(pairs=((1, 2),)),
    "values": one(values={"kind": "icmpv6.echo-request", "outer.vni": 10398, "inner.dst.pod": None}),
    "null on the way": expectation(frames=(FrameCheck(2, {"outer.vni": None}),)),
    "an item of a list": one(values={"hops.1.interface": "lxc1"}),
    "a prediction by its column name": one(values={"hops.0.predicted.ipv6.hlim": "64"}),
    "a statement": one(
        rules=(RuleCheck("tunnel.encapsulated", "normal", "certain", ("to worker2",), ("10398", "ä"), ("VNI",)),)
    ),
    "one verdict of several": one(rules=(RuleCheck("tunnel.encapsulated", {"one_of": ["normal", "unknown"]}),)),
    "silence": one(silent=("ndp.solicitation",)),
    "a related frame": one(related=({"frame": 2, "as": "reply", "after_ns": 607000},)),
    "hops in order, others between": one(passes=("a:eth0", "b:eth0")),
    "a hop of a node": one(passes=("worker:lxc1",)),
    "the hop of the capture": one(seen_here=("worker:lxc1",)),
}
FAILS = {
    "another number of frames": (expectation(total=3), None, "total"),
    "another capture point": (expectation(capture_point={"capture_point.node": "x"}), 1, "capture_point.node"),
    "a value that not every frame has": (expectation(every={"outer.vni": 10398}), 2, "outer.vni"),
    "another number for a rule": (expectation(rules={"tunnel.encapsulated": 2}), None, "frames with tunnel.enc"),
    "a rule that is not silent": (expectation(none=("tunnel.encapsulated",)), None, "frames with tunnel.enc"),
    "a pair the wrong way round": (expectation(pairs=((2, 1),)), 2, "related"),
    "a pair that is not there": (expectation(pairs=((1, 7),)), 1, "related"),
    "another value": (one(values={"kind": "tcp"}), 1, "kind"),
    "a value where null is expected": (one(values={"inner.src.pod": None}), 1, "inner.src.pod"),
    "null where a value is expected": (one(values={"inner.dst.pod": "b"}), 1, "inner.dst.pod"),
    "no such item": (one(values={"hops.3.interface": "eth0"}), 1, "hops.3.interface"),
    "a missing frame": (expectation(frames=(FrameCheck(3, {}),)), 3, "frame"),
    "no statement": (one(rules=(RuleCheck("ndp.solicitation"),)), 1, "ndp.solicitation"),
    "another verdict": (one(rules=(RuleCheck("tunnel.encapsulated", "broken"),)), 1, "tunnel.encapsulated.verdict"),
    "another confidence": (
        one(rules=(RuleCheck("tunnel.encapsulated", None, "likely"),)),
        1,
        "tunnel.encapsulated.conf",
    ),
    "another text": (one(rules=(RuleCheck("tunnel.encapsulated", text=("VNI",)),)), 1, "tunnel.encapsulated.text"),
    "a text that it must lack": (
        one(rules=(RuleCheck("tunnel.encapsulated", lacks=("to",)),)),
        1,
        "tunnel.encapsulated.l",
    ),
    "missing evidence": (
        one(rules=(RuleCheck("tunnel.encapsulated", evidence=("26513",)),)),
        1,
        "tunnel.encapsulated.ev",
    ),
    "a statement where silence is expected": (one(silent=("tunnel.encapsulated",)), 1, "tunnel.encapsulated"),
    "another relation": (one(related=({"frame": 2, "as": "request"},)), 1, "related"),
    "hops out of order": (one(passes=("b:eth0", "a:eth0")), 1, "passes"),
    "a hop that is not there": (one(passes=("a:eth0", "c:eth0")), 1, "passes"),
    "another hop of the capture": (one(seen_here=("a:eth0",)), 1, "seen_here"),
    "a hop of the capture too many": (one(seen_here=()), 1, "seen_here"),
}


@pytest.mark.parametrize("expected", HOLDS.values(), ids=HOLDS)
def test_what_holds_gives_no_mismatch(expected):
    """An expectation that the explanations meet is quiet, and checking changes nothing."""
    before = copy.deepcopy(BOTH)
    assert check(BOTH, expected) == []
    assert before == BOTH


@pytest.mark.parametrize(("expected", "frame", "path"), FAILS.values(), ids=FAILS)
def test_what_does_not_hold_is_said_with_its_place(expected, frame, path):
    """A difference gives a mismatch that names capture, frame and path."""
    mismatch, *_ = check(BOTH, expected)
    assert mismatch.frame == frame
    assert mismatch.path.startswith(path)
    assert str(mismatch).startswith("x.pcap, frame" if frame else "x.pcap:")
    assert mismatch.path in str(mismatch)


def test_a_mismatch_reads_as_one_sentence():
    """The message says what was expected and what was found."""
    [mismatch] = check(BOTH, one(values={"inner.src.pod": "b"}))
    assert str(mismatch) == "x.pcap, frame 1: inner.src.pod: expected 'b', found 'a'"


def test_every_difference_is_reported():
    """One wrong value does not hide the next."""
    found = check(BOTH, expectation(total=9, every={"inner.src.pod": "b"}, pairs=((1, 3),)))
    assert [mismatch.path for mismatch in found] == ["total", "inner.src.pod", "inner.src.pod", "related", "related"]


@pytest.mark.parametrize(
    ("expected", "found", "holds"),
    [
        (1, 1, True),
        (1, True, False),
        (None, False, False),
        ("1", 1, False),
        (["eth", "ip"], ["eth", "ip"], True),
        ({"contains": "b"}, "abc", True),
        ({"contains": ["a", "c"]}, "abc", True),
        ({"contains": ["a", "d"]}, "abc", False),
        ({"contains": "vxlan"}, ["eth", "vxlan"], True),
        ({"contains": "x"}, None, False),
        ({"one_of": [None, "likely"]}, None, True),
        ({"one_of": ["certain"]}, "likely", False),
        ({"at_least": 6}, 6, True),
        ({"at_least": 6}, 5, False),
        ({"at_least": 6}, None, False),
        ({"length": 2}, [1, 2], True),
        ({"length": 2}, [], False),
    ],
)
def test_values_and_operators(expected, found, holds):
    """A plain value is compared with its type, an operator by what it means."""
    assert matches(expected, found) is holds


def test_a_missing_key_is_not_null():
    """What an explanation does not have at all does not count as null."""
    assert not matches(None, value_at(REQUEST, "inner.src.zone"))


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("frame", None),
        ("inner.src.mac_owner.interface", None),
        ("outer.dst.node", None),
        ("hops.7.predicted.outer.ip.ttl", None),
        ("statements.0.evidence.0.value", None),
        ("damaged.have", None),
        ("inner.src.mac_owner.mac", "unknown key 'mac'"),
        ("inner.vni", "unknown key 'vni'"),
        ("outer.src.pod", "unknown key 'pod'"),
        ("hops.node", "hops is a list"),
        ("frame.1", "frame has no parts"),
        ("", "unknown key ''"),
    ],
)
def test_paths_are_those_of_the_contract(path, fault):
    """A path is refused exactly where no explanation could have a value."""
    found = fault_of_path(path)
    assert found is None if fault is None else fault in found
