"""Are the tables of a trace of the stated types, and do their rows agree with the journeys?"""

from __future__ import annotations

import pandas as pd
import pytest

import vxlan_dissect as vxd
from tests.trace.made import LXC, NIC, POD, WORLD, A, B, ether, ping, tcp, traced
from vxlan_dissect.trace.tables import HOPS, LOSSES, SIGHTINGS

KINDS = {"sightings": SIGHTINGS, "hops": HOPS, "losses": LOSSES}
SCENARIOS = (
    "cilium-01-ping6-cross-node",
    "cilium-08-tcp6-short",
    "cilium-29-policy-deny-ingress",
    "cilium-17-big-ping6-3000",
)


@pytest.fixture(scope="module")
def stored(captures_dir):
    """Traces of stored scenarios, each made once."""
    folder, made = captures_dir / "cilium-1.16", {}

    def of(name, where=None):
        if (name, where) not in made:
            made[name, where] = vxd.trace(folder / name, folder / "inventory", where=where)
        return made[name, where]

    return of


def kinds_of(table):
    """Columns and dtypes, as text."""
    return {name: str(kind) for name, kind in table.dtypes.items()}


def value(cell):
    """A cell, None where it is missing."""
    return None if pd.isna(cell) else cell


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize("where", [None, "tcp.dstport == 9", "icmpv6"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_types(stored, name, where, table):
    """Columns have the stated names, order and types, also of a table without rows."""
    assert list(kinds_of(getattr(stored(name, where), table)).items()) == list(KINDS[table].items())


@pytest.mark.parametrize("name", SCENARIOS)
def test_sightings_are_those_of_the_journeys(stored, name):
    """Each sighting of each journey is one row, in order and with equal values."""
    trace = stored(name)
    rows = trace.sightings.to_dict("records")
    told = [(journey, place, one) for journey in trace.journeys for place, one in enumerate(journey.sightings, 1)]
    assert len(rows) == len(told) > 0
    for row, (journey, place, one) in zip(rows, told, strict=True):
        found = {name: value(cell) for name, cell in row.items()}
        assert (found["journey"], found["place"], found["capture"]) == (journey.id, place, one.capture)
        assert (found["frame"], found["lacking"], found["delay_ns"]) == (one.frame, one.lacking, one.delay_ns)
        assert (found["time"].value, found["corrected_time"].value) == (one.time_ns, one.corrected_ns)
        assert (found["node"], found["interface"], found["pod"]) == tuple(one.at)
        assert (found["ambiguous"], found["lost"]) == (journey.ambiguous, journey.lost is not None)


@pytest.mark.parametrize("name", SCENARIOS)
def test_hops_are_those_of_the_journeys(stored, name):
    """Each step from one sighting to the next is one row with the places, the delay and what changed there."""
    trace = stored(name)
    rows = trace.hops.to_dict("records")
    told = [
        (journey, before, after)
        for journey in trace.journeys
        for before, after in zip(journey.sightings, journey.sightings[1:], strict=False)
    ]
    assert len(rows) == len(told) > 0
    for row, (journey, before, after) in zip(rows, told, strict=True):
        found = {name: value(cell) for name, cell in row.items()}
        assert (found["journey"], found["delay_ns"]) == (journey.id, after.delay_ns)
        assert (found["from_node"], found["from_interface"], found["from_pod"]) == tuple(before.at)
        assert (found["to_node"], found["to_interface"], found["to_pod"]) == tuple(after.at)
        assert found["time"].value == after.corrected_ns
        said = [part.partition(" ")[0] for part in (found["changes"] or "").split("; ") if part]
        shared = [
            one.what for one in after.changes if one.what not in {"fragmented", "reassembled", "merged", "segmented"}
        ]
        assert said == shared


def test_losses_are_those_of_the_journeys(stored):
    """Each lost packet is one row with its flow, its places and the likeliest cause; other columns are missing."""
    trace = stored("cilium-29-policy-deny-ingress")
    rows = trace.losses.to_dict("records")
    assert len(rows) == len(trace.lost) == trace.overview.lost == 8
    for row, journey in zip(rows, trace.lost, strict=True):
        found = {name: value(cell) for name, cell in row.items()}
        lost = journey.lost
        assert found["journey"] == journey.id
        assert {name: found[name] for name in journey.flow._fields} == journey.flow._asdict()
        assert (found["after_node"], found["after_interface"], found["after_pod"]) == tuple(lost.after)
        assert (found["before_node"], found["before_interface"], found["before_pod"]) == tuple(lost.before)
        assert (found["cause"], found["confidence"]) == (lost.causes[0].cause, lost.causes[0].confidence)
        assert (found["verdict"], found["time"].value) == (lost.verdict, journey.sightings[-1].corrected_ns)
    assert len(stored("cilium-01-ping6-cross-node").losses) == 0


def test_the_filter_chooses_rows(stored):
    """With a filter the tables have the rows of its journeys alone, under the same numbers."""
    name = "cilium-29-policy-deny-ingress"
    every, some = stored(name), stored(name, "tcp.flags.syn == 1")
    wanted = [journey.id for journey in every.journeys if journey.flow.protocol == "tcp"]
    assert 0 < len(wanted) < len(every.journeys)
    for table in KINDS:
        whole, part = (getattr(trace, table) for trace in (every, some))
        assert sorted(set(part["journey"])) == wanted
        expected = whole[whole["journey"].isin(wanted)].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, expected, check_categorical=False)


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize("name", ["cilium-29-policy-deny-ingress", "cilium-01-ping6-cross-node"])
def test_parquet(stored, tmp_path, name, table):
    """A table that was written as Parquet is read back with its values and types."""
    pytest.importorskip("pyarrow")
    frame = getattr(stored(name), table)
    frame.to_parquet(tmp_path / "table.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "table.parquet"), frame, check_categorical=False)


def test_a_packet_without_a_hop_limit(tmp_path):
    """ARP has no hop limit, which is missing then and not zero; IP has its own at each place."""
    from scapy.layers.l2 import ARP

    asked = ether(ARP(op=1, psrc=A, pdst=B))
    trace = traced(tmp_path, {POD: [(0, asked), (5000, ping(ttl=64))], NIC: [(5040, ping(ttl=63))]})
    limits = [value(cell) for cell in trace.sightings["hop_limit"]]
    assert limits == [None, 64, 63]


def test_a_delay_is_missing_for_the_first_alone(tmp_path):
    """The first sighting has no delay; one at the same moment has the delay zero."""
    trace = traced(tmp_path, {POD: [(0, tcp())], LXC: [(0, tcp())]})
    assert [value(cell) for cell in trace.sightings["delay_ns"]] == [None, 0]


def test_how_many_frames_show_a_packet(tmp_path):
    """A super-packet has as many frames at a place as it was cut into there, and lacks the bytes that did not come."""
    parts = [(10 + n, tcp(payload=bytes(1000), seq=1000 + 1000 * n, dst=WORLD, ip={"ttl": 63})) for n in (0, 2)]
    trace = traced(tmp_path, {POD: [(0, tcp(payload=bytes(3000), dst=WORLD))], NIC: parts})
    rows = trace.sightings[["frames", "lacking"]].to_numpy().tolist()
    assert rows == [[1, 0], [2, 1000]]
