"""Is the JSON of an explanation the contract, with every key, type and word of it?

Law: the keys and words are those of section 5 of the design, written down here once more by hand.
"""

from __future__ import annotations

import json
import re

import pytest

import vxlan_dissect as vxd
from tests.explain.made import LXC, POD, POD_IP, S, advertise, echo, macs, packets, solicit, tunnelled
from vxlan_dissect import Inventory
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain.statements import (
    CERTAIN,
    CONFIDENCES,
    LIKELY,
    NORMAL,
    SEVERITIES,
    SEVERITY_OF,
    SILENT,
    Endpoint,
    FactEvidence,
    FieldEvidence,
    FrameEvidence,
    Related,
    Statement,
    fact_evidence,
    format_duration,
    format_time,
)
from vxlan_dissect.inventory.model import Host, Interface, Owner, Source

EXPLANATION = {
    "frame", "capture", "time", "length", "summary", "kind", "layers", "outer", "inner", "capture_point", "hops",
    "statements", "related", "damaged",
}  # fmt: skip
OUTER = {"type", "vni", "port", "recognised_by", "src", "dst", "ttl"}
OUTER_END = {"mac", "ip", "node", "interface"}
INNER_END = {"mac", "ip", "pod", "namespace", "node", "interface", "identity"}
HOP = {"n", "node", "interface", "owner", "action", "detail", "predicted", "visibility", "seen"}
STATEMENT = {"rule", "text", "verdict", "confidence", "evidence", "causes"}
ADDED = {"note", "comment"}  # to an explanation, besides the contract
OUTER_ADDED = {"key", "session", "label"}  # to the tunnel


@pytest.fixture(scope="module")
def article(captures_dir):
    """The request and the reply of the article, in VXLAN, as parsed JSON."""
    return [json.loads(json.dumps(one.as_dict())) for one in vxd.explain(str(captures_dir / "dual-stack-ping6/1.cap"))]


def test_keys(article):
    """Every key of the contract is there, at every level."""
    for one in article:
        assert EXPLANATION <= one.keys() <= EXPLANATION | ADDED
        assert one["outer"].keys() == OUTER | OUTER_ADDED
        for side in ("src", "dst"):
            assert one["outer"][side].keys() >= OUTER_END
            assert one["inner"][side].keys() >= INNER_END
        assert one["inner"].keys() == {"src", "dst", "hop_limit"}
        assert {"node", "interface", "basis"} <= one["capture_point"].keys()
        assert all(hop.keys() >= HOP for hop in one["hops"])
        assert all(said.keys() == STATEMENT for said in one["statements"])
        assert all(item.keys() >= {"frame", "as"} for item in one["related"])


def test_values(article):
    """The values of the article's request, each of the type that the contract gives it."""
    one = article[0]
    assert (one["frame"], one["capture"], one["length"]) == (1, "1.cap", 168)
    assert one["time"] == "2024-07-12T07:44:28.594997000Z"
    assert one["kind"] == "icmpv6.echo-request"
    assert one["layers"] == ["eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6"]
    outer = one["outer"]
    assert (outer["type"], outer["vni"], outer["port"], outer["recognised_by"]) == ("vxlan", 10398, 8472, "port")
    assert outer["ttl"] == one["inner"]["hop_limit"] == 64
    assert outer["src"]["mac"] == "02:42:ac:12:00:04"
    assert one["inner"]["src"]["pod"] == "cni-7t9p4"
    assert one["inner"]["src"]["identity"] == 10398
    assert one["inner"]["dst"]["identity"] is None
    assert (one["related"], one["damaged"]) == ([{"frame": 2, "as": "reply", "after_ns": 418000}], None)
    assert [hop["n"] for hop in one["hops"]] == list(range(1, 9))
    assert all(isinstance(value, str) for hop in one["hops"] for value in hop["predicted"].values())


def test_evidence_shapes(article):
    """Evidence is a field of the frame, another frame, or a fact with its place, and never empty."""
    shapes = {"field": {"field", "value"}, "frame": {"frame", "why"}, "source": {"source", "line", "fact"}}
    found = [item for one in article for said in one["statements"] for item in said["evidence"]]
    assert all(said["evidence"] for one in article for said in one["statements"])
    assert {next(iter(item)) for item in found} == set(shapes)
    for item in found:
        assert item.keys() == shapes[next(iter(item))]


def only(row, **more):
    """The JSON of one frame without an inventory."""
    return vxd.explain(packets(row), Inventory(), **more)[0].as_dict()


def test_absent_facts_are_null():
    """What is not known is null; keys do not come and go."""
    one = only({"ip.ttl": 1})
    assert one["outer"] is one["capture_point"] is one["damaged"] is None
    assert one["inner"]["src"] == dict.fromkeys(one["inner"]["src"])
    assert one["inner"]["src"].keys() == only(tunnelled(echo()))["inner"]["src"].keys()
    assert (one["length"], one["hops"], one["related"], one["comment"]) == (None, [], [], None)


def test_silence_is_said():
    """A frame of which no rule speaks says so; any other has no such note."""
    assert only({"eth.type": 0x88CC})["statements"] == []
    assert only({"eth.type": 0x88CC})["note"] == SILENT
    assert only(echo())["note"] is None


def test_damage():
    """A damaged frame says layer, need, have and limit, and where."""
    cut = {"damage.layer": 2, "damage.need": 40, "damage.have": 12, "damage.limit": 0, "damage.offset": 64}
    assert only(cut)["damaged"] == {
        "layer": "ipv6", "need": 40, "have": 12, "limit": "captured length", "offset": 64,
    }  # fmt: skip


def test_fields_as_text():
    """Addresses, named values and numbers are text; flags are true, false or null."""
    shown = {
        ("ipv6.src", parse_ip(POD_IP)): POD_IP, ("eth.src", 0xA279144780B3): LXC, ("icmpv6.type", 128): "echo-request",
        ("icmpv6.type", 200): "200", ("icmpv6.nd.na.flag.r", True): True, ("icmpv6.nd.na.flag.o", False): False,
        ("outer.vxlan.vni", 10398): "10398", ("ip.ttl", None): None,
    }  # fmt: skip
    for (field, value), expected in shown.items():
        assert FieldEvidence(field, value).as_dict() == {"field": field, "value": expected}


def test_evidence_is_of_the_frame_itself():
    """Frames of one situation share a statement and show their own sequence numbers."""
    frames = vxd.explain(packets(echo(seq=1), echo(seq=2)), Inventory())
    for number, one in enumerate(frames, 1):
        said = next(said for said in one.as_dict()["statements"] if said["rule"] == "icmp.echo-request")
        field = "icmpv6.echo.sequence_number"
        assert [item["value"] for item in said["evidence"] if item.get("field") == field] == [str(number)]


def test_partner_is_told_and_is_evidence():
    """A statement names the frame on the other side, the time between, and has it as evidence."""
    asked, answered = vxd.explain(packets({**solicit(), "ms": 0}, {**advertise(), "ms": 0.037}), Inventory())
    said = next(said for said in asked.as_dict()["statements"] if said["rule"] == "ndp.solicitation")
    assert "Frame 2 answers after 37 µs." in said["text"]
    assert {"frame": 2, "why": "the reply, 37 µs later"} in said["evidence"]
    said = answered.as_dict()["statements"][0]
    assert "It answers frame 1, 37 µs later." in said["text"]
    assert {"frame": 1, "why": "the request, 37 µs earlier"} in said["evidence"]


def test_answer_with_an_earlier_time():
    """Frames of `any` files go back in time: nothing is then called later that the clock has earlier."""
    rows = [{**solicit(), "ms": 1}, {**advertise(), "ms": 0.9}]
    asked, answered = vxd.explain(packets(*rows), Inventory())
    assert asked.related == (Related(2, "reply", -100_000),)
    assert "later" not in answered.statements[0].text


@pytest.mark.parametrize(
    ("ns", "dated", "text"),
    [
        (1720770268594856000, True, "2024-07-12T07:44:28.594856000Z"),
        (1720770268000000001, True, "2024-07-12T07:44:28.000000001Z"),
        (0, True, "1970-01-01T00:00:00.000000000Z"),
        (-1, True, "1969-12-31T23:59:59.999999999Z"),
        (27868594775000, False, "07:44:28.594775000"),
        (0, False, "00:00:00.000000000"),
        (86399999999999, False, "23:59:59.999999999"),
        (2**63 - 1, True, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_time(ns, dated, text):
    """Time is RFC 3339 in UTC with nine digits, or the bare clock where no date is known."""
    assert format_time(ns, dated) == text
    assert re.fullmatch(r"(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d\.\d{9}Z?", text)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0 ns"), (7, "7 ns"), (999, "999 ns"), (1_000, "1 µs"), (37_000, "37 µs"), (607_000, "607 µs"),
        (1_500, "1.5 µs"), (61_250, "61.2 µs"), (1_000_000, "1 ms"), (12_345_678, "12.3 ms"), (1_200_000_000, "1.2 s"),
        (150_000_000_000, "2.5 min"), (999_900, "1 ms"), (-37_000, "-37 µs"),
    ],
)  # fmt: skip
def test_duration(ns, text):
    """Three digits in the unit that a reader would choose."""
    assert format_duration(ns) == text


def test_severity_comes_from_the_verdict():
    """Each verdict of the vocabulary has a severity of the vocabulary; normal and by-design are information."""
    assert set(SEVERITY_OF) == {"normal", "by-design", "suspicious", "broken", "unknown"}
    assert set(SEVERITY_OF.values()) == set(SEVERITIES)
    assert {SEVERITY_OF[verdict] for verdict in ("normal", "by-design")} == {"info"}
    assert CONFIDENCES == ("certain", "likely", "possible")


def test_fact_evidence():
    """Evidence from a fact cites the line where it stands."""
    fact = Interface(Host("worker"), "lxca", 6, 0xA279144780B3, Source("inventory/worker/ip-a-l.txt", 32))
    assert fact_evidence(fact, "said").as_dict() == {
        "source": "inventory/worker/ip-a-l.txt", "line": 32, "fact": "said",
    }  # fmt: skip


def test_statement_for_another_frame():
    """`at` takes values from the frame it is given and leaves facts and other frames as they are."""
    kept = (FactEvidence("f", 1, "x"), FrameEvidence(9, "y"))
    said = Statement("icmp.echo-request", "Said.", NORMAL, CERTAIN, (FieldEvidence("ipv6.hlim", 1), *kept), "reply")
    moved = said.at(packets(echo(**{"ipv6.hlim": 63}))[0], (Related(4, "request", -5),))
    assert moved.evidence == (FieldEvidence("ipv6.hlim", 63), *kept)
    assert moved.text == "Said."


def test_names_of_an_end():
    """An end is called after who has its address; who holds its MAC stands beside that."""
    pod = Owner(Host("worker", "cni-7t9p4"), "eth0", "pod", None, "default")
    lxc = Owner(Host("worker"), "lxca", "lxc", None, confidence=LIKELY, inferred="seen")
    end = Endpoint(0xA279144780B3, parse_ip(POD_IP), pod, lxc, 10398).as_dict()
    assert (end["pod"], end["namespace"], end["node"], end["role"]) == ("cni-7t9p4", "default", "worker", "pod")
    assert end["mac_owner"]["interface"] == "lxca"
    assert (end["mac_owner"]["confidence"], end["mac_owner"]["inferred"]) == ("likely", "seen")
    nameless = Endpoint(0xA279144780B3, None, None, lxc)
    assert nameless.as_dict()["node"] == "worker"
    assert Endpoint(0xA279144780B3, parse_ip(POD_IP), None, lxc).as_dict()["node"] is None


def test_only_vxlan_is_called_vxlan():
    """A tunnel without a VXLAN header is not called one: IPIP around a ping has neither VNI nor port."""
    row = echo(
        "10.100.1.1", "10.100.2.1", **{"frame.tunnels": 1, "outer.ip.src": "10.30.0.1", "outer.ip.dst": "10.30.0.2"}
    )
    frames = packets(row)
    frames.layer_paths = (("eth", "ip", "ip", "icmp"),) * 2
    one = vxd.explain(frames, Inventory())[0].as_dict()
    assert one["outer"]["type"] != "vxlan"
    assert "VXLAN" not in one["summary"]


def test_time_of_a_frame_without_one():
    """A frame of which no time is known (a simple packet block) has none: midnight would be made up."""
    frames = packets(echo(**macs(POD, LXC)))
    frames.columns["frame.time_epoch"].valid[:] = False
    assert vxd.explain(frames, Inventory())[0].as_dict()["time"] is None


@pytest.mark.parametrize(
    ("relation", "after_ns", "words", "why"),
    [
        ("reply", 37_000, "Frame 4 answers after 37 µs.", "the reply, 37 µs later"),
        ("request", -37_000, "It answers frame 4, 37 µs later.", "the request, 37 µs earlier"),
        ("request", 5_000, "It answers frame 4, though its own time is 5 µs before that.", "the request, 5 µs later"),
        ("first-sending", -S, "Frame 4 was the first sending, 1 s earlier.", "the first sending, 1 s earlier"),
        ("quoted", -S, "It is about frame 4, 1 s earlier.", "the packet that this one is about, 1 s earlier"),
        ("error", S, "Frame 4 says so, 1 s later.", "the ICMP error, 1 s later"),
    ],
)
def test_relations_in_words(relation, after_ns, words, why):
    """Each relation has a sentence and a piece of evidence, with the time between the frames."""
    related = Related(4, relation, after_ns)
    assert (related.words, related.why) == (words, why)
