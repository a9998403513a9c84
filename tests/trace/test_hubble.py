"""Is what Hubble said of a flow found, with its line, and does no line of a file do harm?"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect import rules
from vxlan_dissect.errors import InventoryError
from vxlan_dissect.explain.statements import CAUSES
from vxlan_dissect.trace import hubble
from vxlan_dissect.trace.model import Clock

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

EXAMPLE = Path(__file__).parent / "data" / "hubble.jsonl"
US, S = 1_000, 1_000_000_000
BEGIN = 1_795_332_034 * S  # 2026-11-22T07:20:34Z, when the example begins
POD, WEB = "10.244.1.60", "10.244.2.5"
TCP = {"protocol": "tcp", "src": POD, "dst": WEB, "src_port": 44916, "dst_port": 80}
PING = {"protocol": "icmpv6", "src": "fd00:10:244:1::10", "dst": "fd00:10:244:2::9461", "src_port": None}
PING["dst_port"] = None


def flow(**changed):
    """A flow as the protobuf of Cilium writes it, with some keys changed; None leaves one out."""
    value = {
        "time": "2026-11-22T07:20:34.100000001Z",
        "verdict": "DROPPED",
        "IP": {"source": POD, "destination": WEB, "ipVersion": "IPv4"},
        "l4": {"TCP": {"source_port": 44916, "destination_port": 80, "flags": {"SYN": True}}},
        "node_name": "kind/worker2",
        "drop_reason_desc": "POLICY_DENIED",
        "traffic_direction": "INGRESS",
    }
    return {key: each for key, each in {**value, **changed}.items() if each is not None}


def response(**changed):
    """A line with such a flow."""
    return json.dumps({"flow": flow(**changed), "node_name": "kind/worker2"}).encode()


@pytest.fixture
def events(tmp_path):
    """What is read of some lines."""

    def read(*lines, name="flows.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"\n".join(lines) + b"\n")
        return hubble.read(path)

    return read


def asked(read, begin=BEGIN, end=BEGIN + 10 * S, **changed):
    """The verdicts on the flow, in the first ten seconds."""
    return read.verdicts(**{**TCP, **changed}, begin_ns=begin, end_ns=end)


def test_example():
    """Of a recording with all kinds of lines the verdicts on each flow are found, in order, with their lines."""
    read = hubble.read(EXAMPLE)
    found = asked(read)
    assert [(each.verdict, each.reason, each.point, each.node) for each in found] == [
        ("FORWARDED", None, "from-endpoint", "worker"),
        ("FORWARDED", None, "to-overlay", "worker"),
        ("DROPPED", "POLICY_DENIED", "policy-verdict:none INGRESS", "worker2"),
        ("DROPPED", "POLICY_DENIED", "ingress", "worker2"),
    ]
    assert found[0].time_ns == BEGIN + 100_000_001
    assert found[3].source == f"{EXAMPLE}, line 4"
    assert found[3].basis == "addresses and ports are the same; flags SYN"
    found = read.verdicts(**PING, begin_ns=BEGIN, end_ns=BEGIN + 10 * S)
    assert [(each.verdict, each.point, each.basis) for each in found] == [
        ("FORWARDED", "to-endpoint", "addresses are the same; type 128 code 0")
    ]
    assert [note.removeprefix(f"{EXAMPLE}: ") for note in read.notes] == [
        "10 flows from 2026-11-22T07:20:34.100000001Z to 2026-11-22T07:20:36Z, by the clocks of the nodes",
        "Hubble lost 12 events itself: drops may be missing",
        "Hubble did not reach kind/worker3 at times: drops there may be missing",
        "1 flow without a time or addresses left aside",
        "1 event of the agent left aside",
        "1 line could not be read: 15",
    ]


def test_other_kinds_of_events():
    """Translations at the socket, requests to the proxy and the audit of a policy say so in their own words."""
    read = hubble.read(EXAMPLE)
    web = {"protocol": "tcp", "src": POD, "dst": "10.96.0.10", "src_port": 44916, "dst_port": 80}
    found = read.verdicts(**web, begin_ns=BEGIN, end_ns=BEGIN + 10 * S)
    assert [(each.verdict, each.point) for each in found] == [("TRACED", "pre-direction-fwd")]
    found = read.verdicts(**{**TCP, "src_port": 44918}, begin_ns=BEGIN, end_ns=BEGIN + 10 * S)
    assert [(each.verdict, each.point) for each in found] == [
        ("AUDIT", "policy-verdict:L3-L4 EGRESS"),
        ("REDIRECTED", "to-proxy"),
        ("FORWARDED", "l7"),
    ]


def test_which_flow_and_when(events):
    """Only the same protocol, addresses and ports count, in this direction, from begin to end."""
    read = events(response(), response(time="2026-11-22T07:20:35Z"), response(time="2026-11-22T08:20:36+01:00"))
    at = BEGIN + 100_000_001
    assert [each.time_ns - BEGIN for each in asked(read)] == [100_000_001, S, 2 * S]
    assert len(asked(read, at, at)) == 1
    assert not asked(read, at + 1, BEGIN + S - 1)
    for changed in ({"protocol": "udp"}, {"src": WEB, "dst": POD}, {"src_port": 80}, {"dst_port": None}, {"src": None}):
        assert not asked(read, **changed)
    assert len(asked(read, -(1 << 70), 1 << 70)) == 3


def test_clocks(tmp_path):
    """A flow is looked up by the clock of reference, and told with the time that its node said."""
    path = tmp_path / "flows"
    path.write_bytes(b"\n".join([response(), response(node_name="kind/worker")]))
    clocks = [Clock("worker", "worker", 0, 0.0, 0, 0, 0, ""), Clock("worker2", "worker", 3 * S, 0.0, 1, BEGIN, 9, "")]
    read = hubble.read(path, clocks)
    at = BEGIN + 100_000_001
    assert [(each.node, each.time_ns) for each in asked(read, at - 3 * S, at - 3 * S)] == [("worker2", at)]
    assert [(each.node, each.time_ns) for each in asked(read, at, at)] == [("worker", at)]


def test_addresses_are_compared_as_values(events):
    """Another spelling of an IPv6 address is the same address."""
    read = events(
        response(IP={"source": "FD00:10:244:1:0::10", "destination": PING["dst"]}, l4={"ICMPv6": {"type": 128}})
    )
    assert len(read.verdicts(**PING, begin_ns=BEGIN, end_ns=BEGIN + S)) == 1


def test_a_flow_alone(events):
    """Lines of an older hubble are flows without a response around them."""
    read = events(
        json.dumps(flow()).encode(), json.dumps(flow(verdict=2, drop_reason_desc=None, drop_reason=133)).encode()
    )
    assert [(each.verdict, each.reason, each.node) for each in asked(read)] == [
        ("DROPPED", "POLICY_DENIED", "worker2")
    ] * 2


def test_what_the_exporter_leaves_out(events):
    """A field mask may leave nearly everything out; the time and the node of the response stand in."""
    bare = {"verdict": "DROPPED", "IP": {"source": POD, "destination": WEB}, "l4": {"TCP": TCP_PORTS}}
    line = {"flow": bare, "node_name": "worker", "time": "2026-11-22T07:20:35Z"}
    (found,) = asked(events(json.dumps(line).encode()))
    assert (found.verdict, found.reason, found.point, found.node) == ("DROPPED", None, None, "worker")


TCP_PORTS = {"source_port": 44916, "destination_port": 80}


@pytest.mark.parametrize(
    ("changed", "verdict", "reason"),
    [
        pytest.param({"verdict": "PONDERED"}, "PONDERED", "POLICY_DENIED", id="new-verdict"),
        pytest.param({"verdict": 99}, "99", "POLICY_DENIED", id="new-number"),
        pytest.param({"drop_reason_desc": "TOO\x1b[31mLATE\u202e"}, "DROPPED", r"TOO\x1b[31mLATE\u202e", id="control"),
        pytest.param({"drop_reason_desc": 1 << 80}, "DROPPED", f"drop reason {1 << 80}", id="huge"),
        pytest.param(
            {"drop_reason_desc": "DROP_REASON_UNKNOWN", "drop_reason": 204}, "DROPPED", "drop reason 204", id="newer"
        ),
        pytest.param({"verdict": "V" * 999}, "V" * 200 + "…", "POLICY_DENIED", id="long"),
    ],
)
def test_unknown_names_are_kept(events, changed, verdict, reason):
    """A verdict or a reason of another version is kept, in printable characters."""
    (found,) = asked(events(response(**changed)))
    assert (found.verdict, found.reason) == (verdict, reason)


BROKEN = (
    b"{",
    b"null",
    b'"flow"',
    b"[" * 100_000,
    b'{"flow":' * 50_000,
    b'{"flow":{"l7":' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    b"{}",
    b'{"flow":{}}',
    b'{"flow":{"verdict":"DROPPED","IP":[]}}',
    b'{"flow":{"verdict":"DROPPED","IP":{"source":5}}}',
    b'{"flow":{"verdict":' + b"9" * 5000 + b',"IP":{}},"x":1e999}',
    b'{"flow":{"verdict":"\\ud800","IP":{}}}',
    b'{"flow":"\xff\xfe"}',
    b"\0" * 100,
    b"x" * (3 << 20),
    b'{"lost_events":5}',
    b'{"node_status":{"node_names":5}}',
)


@pytest.mark.parametrize("line", BROKEN, ids=lambda line: ascii(line[:24])[2:-1])
def test_broken_lines(events, line):
    """A line that is none is named, and the others are read."""
    read = events(response(), line, response())
    assert [each.source.rpartition(" ")[2] for each in asked(read)] == ["1", "3"]
    assert read.notes[-1].endswith("1 line could not be read: 2")


def test_values_that_are_none(events):
    """Flows whose time or addresses are none are counted, and lost events that are no number are not."""
    read = events(
        response(time="yesterday"),
        response(time="9999-01-01T00:00:00Z"),
        response(IP={"source": "pod", "destination": "\0"}),
        response(IP=None),
        b'{"lost_events":{"num_events_lost":"many"}}',
        b"",
    )
    assert [note.partition(": ")[2] for note in read.notes] == [
        "no flow is in it",
        "4 flows without a time or addresses left aside",
    ]
    assert len(read) == 0


def test_absurd_losses(events):
    """Numbers of lost events beyond a uint64 stay numbers that can be written."""
    lost = (
        json.dumps({"lost_events": {"num_events_lost": number}}).encode() for number in ("9" * 4300, "9" * 4300, -5)
    )
    assert f"Hubble lost {2 * ((1 << 64) - 1)} events itself" in events(response(), *lost).notes[1]


def test_many_unreadable_lines(events):
    """The first ten lines that cannot be read are named, of the rest the number is said."""
    read = events(response(), *[b"?"] * 40)
    assert read.notes[-1].endswith("40 lines could not be read: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …")


def test_endless_variety(events, monkeypatch):
    """Of flows that each say something else the verdict alone is kept from some number on."""
    monkeypatch.setattr(hubble, "_MOST_SAID", 2)
    read = events(*(response(drop_reason_desc=f"REASON_{number}") for number in range(5)), response(verdict="WHAT"))
    assert [(each.verdict, each.reason, each.node) for each in asked(read)] == [
        ("DROPPED", "REASON_0", "worker2"),
        ("DROPPED", "REASON_1", "worker2"),
        *[("DROPPED", None, None)] * 3,
        ("UNKNOWN", None, None),
    ]
    assert read.notes[-1].endswith("of 4 flows the verdict alone is kept")


def test_drops_go_first(events):
    """Of more verdicts than are wanted for one packet no drop is left out, and the order stays that of time."""
    times = [f"2026-11-22T07:20:34.{number:03}Z" for number in range(300)]
    lines = [response(time=time, verdict="DROPPED" if time[-4:-2] == "29" else "FORWARDED") for time in times]
    found = asked(events(*lines))
    assert len(found) == hubble.MOST_VERDICTS
    assert sum(each.verdict == "DROPPED" for each in found) == 10
    assert [each.time_ns for each in found] == sorted(each.time_ns for each in found)


@pytest.mark.parametrize("press", [gzip.compress, zstd.compress])
def test_compressed(events, press, tmp_path):
    """A compressed file is read as it is, and one that was cut up to the cut, which is said."""
    path = tmp_path / "flows.jsonl.pressed"
    path.write_bytes(press(response() + b"\n"))
    assert len(asked(hubble.read(path))) == 1
    lines = b"\n".join(response(source={"labels": [str(number)]}) for number in range(20_000))
    path.write_bytes(press(lines)[:-20])
    read = hubble.read(path)
    assert len(read) > 1000
    assert "not read to its end" in read.notes[-1]


def test_standard_input(monkeypatch):
    """A dash is standard input."""
    with EXAMPLE.open("rb") as file:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=file))
        assert len(hubble.read("-")) == 10


def test_byte_order_mark(events):
    """A byte order mark before the first line is no part of it."""
    assert len(events(b"\xef\xbb\xbf" + response())) == 1


def test_files_that_are_none(events, tmp_path):
    """A file that is not there, is empty, is a folder or holds something else is an error that says so."""
    for path, said in ((tmp_path / "none", "No such file"), (tmp_path, "is a directory")):
        with pytest.raises(InventoryError, match=said):
            hubble.read(path)
    for text in (
        b"Nov 22 07:20:34.100: default/pod:44916 (ID:1) <> web to-endpoint FORWARDED",
        b"\xd4\xc3\xb2\xa1" * 9,
    ):
        with pytest.raises(InventoryError, match="no line in it is one of `hubble observe -o jsonpb`"):
            events(text)
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(InventoryError, match="empty"):
        hubble.read(tmp_path / "empty")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["TCP", "source", "flags", "source_port", "type"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(sorted([*flow(), "l7", "event_type"])), values, max_size=4), max_size=3)
)
def test_any_value_anywhere(tmp_path_factory, changes):
    """Whatever stands where a value is expected, the line is read or named, and the others are read."""
    path = tmp_path_factory.mktemp("hubble") / "flows"
    lines = [json.dumps({"flow": {**flow(), **changed}}).encode() for changed in changes]
    path.write_bytes(b"\n".join([response(), *lines]))
    read = hubble.read(path)
    for each in asked(read, 0, 1 << 63):
        assert all(text is None or text.isprintable() for text in each if not isinstance(text, int))
        assert each.as_dict()
    assert len(asked(read)) >= 1


def test_causes():
    """Every cause that a drop reason speaks for is a class of losses, with a rule that weighs it or a service's."""
    said = {reason: hubble.causes_of(reason) for reason in REASONS}
    assert said["POLICY_DENIED"] == said["POLICY_DENY"] == "policy"
    assert said["NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT"] == "tunnel-entry-missing"
    assert said["CT_MAP_INSERTION_FAILED"] is None
    assert hubble.causes_of("drop reason 254") is None
    known = set(said.values()) - {None}
    assert known <= set(CAUSES)
    assert {f"loss.{cause}" for cause in known - {"no-service-endpoint"}} <= set(rules.names())


# The enum DropReason of cilium, api/v1/flow/flow.proto.
REASONS = """
    INVALID_SOURCE_MAC INVALID_DESTINATION_MAC INVALID_SOURCE_IP POLICY_DENIED INVALID_PACKET_DROPPED
    CT_MAP_INSERTION_FAILED ERROR_RETRIEVING_TUNNEL_KEY ERROR_RETRIEVING_TUNNEL_OPTIONS INVALID_GENEVE_OPTION
    UNKNOWN_L3_TARGET_ADDRESS STALE_OR_UNROUTABLE_IP NO_MATCHING_LOCAL_CONTAINER_FOUND MISSED_TAIL_CALL
    IP_FRAGMENTATION_NOT_SUPPORTED SERVICE_BACKEND_NOT_FOUND NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT FIB_LOOKUP_FAILED
    INVALID_IDENTITY FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND POLICY_DENY INVALID_VNI AUTH_REQUIRED NO_EGRESS_GATEWAY
    TTL_EXCEEDED DROP_NO_EGRESS_IP
""".split()


def test_a_hundred_thousand_flows(events):
    """A large file takes seconds, and some 28 bytes a flow."""
    lines = [
        response(l4={"TCP": {"source_port": number % 60_000, "destination_port": 80}}) for number in range(100_000)
    ]
    read = events(*lines)
    assert len(read) == 100_000
    assert len(asked(read, src_port=7)) == 2
