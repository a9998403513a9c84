"""Does what Hubble said stand beside the packets that a trace follows, and before other causes of their loss?"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

import vxlan_dissect as vxd
from vxlan_dissect.errors import InventoryError

POLICY, WIRE = "cilium-29-policy-deny-ingress", "cilium-35-underlay-loss-1-of-3"
MS = 1_000_000
LAYERS = {
    "tcp": lambda flow: {
        "TCP": {"source_port": flow.src_port, "destination_port": flow.dst_port, "flags": {"SYN": True}}
    },
    "icmp": lambda flow: {"ICMPv4": {"type": 8}},
    "icmpv6": lambda flow: {"ICMPv6": {"type": 128}},
}


@pytest.fixture(scope="module")
def traced(captures_dir):
    """Trace a stored scenario of Cilium 1.16, with lines of Hubble beside it where there are any."""

    def trace(name, **options):
        folder = captures_dir / "cilium-1.16" / name
        return vxd.trace(folder, folder.parent / "inventory", **options)

    return trace


def line(journey, *, late=MS, turned=False, **changed):
    """A line on a journey's packet, a moment after it was seen last; None leaves a key out."""
    flow = journey.flow
    ends = (flow.dst, flow.src) if turned else (flow.src, flow.dst)
    at = journey.sightings[-1].corrected_ns + late
    value = {
        "time": f"{datetime.fromtimestamp(at // 10**9, tz=UTC):%Y-%m-%dT%H:%M:%S}.{at % 10**9:09}Z",
        "verdict": "DROPPED",
        "drop_reason_desc": "POLICY_DENIED",
        "IP": {"source": ends[0], "destination": ends[1], "ipVersion": "IPv6" if ":" in flow.src else "IPv4"},
        "l4": LAYERS[flow.protocol](flow),
        "node_name": "kind/worker2",
        "traffic_direction": "INGRESS",
    } | changed
    return json.dumps({"flow": {key: each for key, each in value.items() if each is not None}})


def forwarded(journey, **changed):
    """A line that says that the packet was let through."""
    return line(journey, verdict="FORWARDED", drop_reason_desc=None, **changed)


@pytest.fixture
def beside(traced, tmp_path):
    """The trace of a scenario, without and with lines on some of its packets."""

    def both(name, lines):
        before = traced(name)
        path = tmp_path / "flows.jsonl"
        path.write_text("".join(f"{each}\n" for each in lines(before)), encoding="utf-8")
        return before, traced(name, hubble=path)

    return both


def test_a_drop_by_policy_comes_first(beside):
    """A drop that Hubble saw is the first cause of that packet's loss, with reason and node, and is told beside it."""
    before, after = beside(WIRE, lambda trace: [line(trace.lost[0])])
    assert before.lost[0].lost.causes[0].cause != "policy"
    lost = after.lost[0]
    first, *others = lost.lost.causes
    assert (first.cause, first.confidence) == ("policy", "likely")
    assert first.why == "Hubble says DROPPED, POLICY_DENIED on worker2"
    assert tuple(others) == before.lost[0].lost.causes
    (verdict,) = lost.hubble
    assert (verdict.verdict, verdict.reason, verdict.node) == ("DROPPED", "POLICY_DENIED", "worker2")
    assert verdict.source.endswith("flows.jsonl, line 1")


def test_each_packet_has_its_own(beside):
    """A drop is told of the packet of that moment, and of no other of the same flow a second before or after."""
    _, after = beside(WIRE, lambda trace: [line(trace.lost[1])])
    assert [len(journey.hubble) for journey in after.lost] == [0, 1, 0]
    assert [journey.lost.causes[0].cause == "policy" for journey in after.lost] == [False, True, False]


def test_a_cause_that_is_known_already(beside):
    """A drop by policy where policy is the cause already makes one cause, in Hubble's words, and not two."""
    before, after = beside(POLICY, lambda trace: [line(journey) for journey in trace.lost])
    assert len(after.lost) == len(before.lost) == 8
    for one in after.lost:
        assert [cause.cause for cause in one.lost.causes].count("policy") == 1
        assert one.lost.causes[0].why.startswith("Hubble says DROPPED, POLICY_DENIED")
        assert {verdict.verdict for verdict in one.hubble} == {"DROPPED"}


def test_forwarded_changes_nothing(beside):
    """That a packet was let through somewhere does not change whether, where and why it was lost."""
    before, after = beside(WIRE, lambda trace: [forwarded(journey) for journey in trace.journeys])
    assert after.overview._replace(notes=()) == before.overview._replace(notes=())
    assert [journey._replace(hubble=()) for journey in after.journeys] == list(before.journeys)
    assert {verdict.verdict for journey in after.journeys for verdict in journey.hubble} == {"FORWARDED"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"turned": True}, id="the other direction"),
        pytest.param({"late": 60_000 * MS}, id="a minute later"),
        pytest.param({"l4": {"UDP": {"source_port": 1, "destination_port": 2}}}, id="another protocol"),
        pytest.param({"IP": {"source": "fd00::1", "destination": "fd00::2"}}, id="other addresses"),
    ],
)
def test_other_flows_are_left_aside(beside, changed):
    """A drop of another direction, time, protocol or address is not joined to a packet."""
    before, after = beside(WIRE, lambda trace: [line(trace.lost[2], **changed)])
    assert all(journey.hubble == () for journey in after.lost)
    assert [journey.lost.causes for journey in after.lost] == [journey.lost.causes for journey in before.lost]


def test_a_drop_for_a_reason_of_no_class(beside):
    """A drop whose reason speaks for no class is told, and the causes stay."""
    before, after = beside(WIRE, lambda trace: [line(trace.lost[0], drop_reason_desc="A_NEW_REASON")])
    assert [verdict.reason for verdict in after.lost[0].hubble] == ["A_NEW_REASON"]
    assert after.lost[0].lost.causes == before.lost[0].lost.causes


def test_a_drop_makes_no_loss(beside):
    """A packet that arrived is not lost, whatever was dropped of its flow at that moment; the drop is told."""
    arrived = "echo reply"
    _, after = beside(WIRE, lambda trace: [line(next(one for one in trace.journeys if arrived in one.summary))])
    told = next(journey for journey in after.journeys if arrived in journey.summary)
    assert told.lost is None
    assert [verdict.verdict for verdict in told.hubble] == ["DROPPED"]
    assert after.overview.lost == 3


def test_notes(beside):
    """What was read, and what could not be, is among the notes of the overview."""
    before, after = beside(WIRE, lambda trace: [line(trace.lost[0]), "no flow at all"])
    notes = [note for note in after.overview.notes if note not in before.overview.notes]
    assert "1 flow from" in notes[0]
    assert notes[-1].endswith("1 line could not be read: 2")


def test_as_dict(beside):
    """Verdicts are in the JSON of their journeys."""
    _, after = beside(WIRE, lambda trace: [line(trace.lost[0])])
    (told,) = [journey for journey in json.loads(json.dumps(after.as_dict()))["journeys"] if journey["hubble"]]
    assert told["hubble"][0]["verdict"] == "DROPPED"
    assert told["lost"]["causes"][0]["cause"] == "policy"


def test_no_such_file(traced, tmp_path):
    """A file of flows that is not there is an error that names it."""
    with pytest.raises((InventoryError, OSError), match=r"none\.jsonl"):
        traced(WIRE, hubble=tmp_path / "none.jsonl")
